import { expect, test } from '@jest/globals';
import type { V1Deployment, V1MutatingWebhookConfiguration, V1Namespace, V1Secret } from '@kubernetes/client-node';
import { CONTEXT } from '../../../local/cluster/addresses.ts';
import { kubectlOf } from '../../../local/kubectl.ts';
import { STAMP } from '../../../relations/vocabulary.ts';
import { makeAuthority } from '../../local/certificates/authority.ts';
import { create, get, remove } from '../harness/api.ts';
import { cluster } from '../harness/cluster.ts';
import { eventually } from '../harness/eventually.ts';
import { deployment } from '../harness/manifests.ts';
import { changesIn } from '../harness/orcon.ts';
import { npmRun } from '../harness/user-command.ts';
import { MINUTES, ONE, type Story, WEBHOOK_CONFIGURATION } from './lasting.ts';

const PLACE = 'orcon-system';
const NAMESPACE = `/api/v1/namespaces/${PLACE}`;
const SECRET = 'webhook-given';

/** Puts a bundle where cert-manager's CA injector puts it, as soon as there is a configuration to put it into. */
async function inject(bundle: string): Promise<void> {
  await eventually('the webhook configuration is there', () => get<V1MutatingWebhookConfiguration>(WEBHOOK_CONFIGURATION));
  const operations = [{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: Buffer.from(bundle).toString('base64') }];
  const command = ['patch', 'mutatingwebhookconfiguration', 'relations-mutating-webhook', '--type=json', '--patch'];
  await kubectlOf(cluster)(...command, JSON.stringify(operations), '--field-manager=cert-manager-cainjector');
}

/** Namespace, certificate and authority are somebody else's: the test stands in for cert-manager. */
export const givenPlace: Story = (lasting) => {
  test(
    'an up into a given namespace serves a given certificate, and waits for the authority that somebody else injects',
    async () => {
      const { orcon, ns } = lasting();
      const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
      await create<V1Namespace>('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: PLACE, labels } });
      const authority = await makeAuthority('corporate');
      const { certificate, key } = await authority.issue(`relations-mutating-webhook.${PLACE}.svc`);
      await create<V1Secret>(`${NAMESPACE}/secrets`, {
        metadata: { name: SECRET },
        type: 'kubernetes.io/tls',
        stringData: { 'tls.crt': certificate, 'tls.key': key },
      });
      // From the certificates that it issued itself before.
      for (const key of ['trustedAuthorities', 'signingAuthority']) await orcon.unconfigure(key);
      await orcon.configure('createNamespace', 'false');
      await orcon.configure('certificateSecret', SECRET);
      await orcon.configure('injectCaFrom', `${PLACE}/webhook`);
      await Promise.all([orcon.up(), inject(authority.certificate)]);

      const { object } = await ns.create(deployment(ns.name, 'served', ONE), { dryRun: 'All' });
      expect(object.spec?.template.metadata?.annotations).toHaveProperty([STAMP]);
      expect(Object.keys(changesIn(await orcon.up('--expect-no-changes')))).toEqual(['unchanged']);
      expect(await npmRun('certificate:check', '--wait-for', 'corporate')).toMatchObject({ code: 0 });
    },
    5 * MINUTES,
  );

  test(
    'a destroy leaves the namespace with what was given, and a Lease that a cleaning removes',
    async () => {
      const { orcon } = lasting();
      await orcon.destroy();
      expect((await get<V1Namespace>(NAMESPACE))?.status?.phase).toBe('Active');
      expect(await get<V1Secret>(`${NAMESPACE}/secrets/${SECRET}`)).toBeDefined();
      expect(await get<V1Deployment>(`/apis/apps/v1/namespaces/${PLACE}/deployments/relations-controller`)).toBeUndefined();
      const cleaned = await npmRun('uninstall:clean', '--yes', '--context', CONTEXT, '--namespace', PLACE);
      expect(cleaned.said).toContain('Leases of controllers (deleted):\n  orcon-system/relations-controller');
      expect((await npmRun('uninstall:check', '--namespace', PLACE)).said).toContain('nothing of orcon is left');
      await remove(NAMESPACE);
      for (const key of ['createNamespace', 'certificateSecret', 'injectCaFrom']) await orcon.unconfigure(key);
    },
    3 * MINUTES,
  );
};
