import { X509Certificate } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { V1Deployment, V1MutatingWebhookConfiguration, V1Pod, V1Secret } from '@kubernetes/client-node';
import { admissionsDuring, courseOf } from '../harness/admissions.ts';
import { get, list, merge } from '../harness/api.ts';
import { runningPod } from '../harness/conditions.ts';
import { changesIn, type OrconDeployment } from '../harness/orcon.ts';
import { documentedCommands, npmRun } from '../harness/user-command.ts';
import { DEPLOYMENTS, MINUTES, nobodyRestarted, type Story, veteranUntouched, WEBHOOK_CONFIGURATION } from './lasting.ts';

const PODS = '/api/v1/namespaces/orcon-system/pods';
const DAY_MS = 24 * 3_600_000;
/** More at once than the API server needs for that many a second, so that it is this pace that they come at. */
const LOAD = { perSecond: 50, atOnce: 50 };
/** So long the API server waits for the webhook before it refuses a consumer. */
const WEBHOOK_TIMEOUT_MS = 5000;

/** Certificate and key that the webhook's pods are to serve. */
async function given(): Promise<{ readonly certificate: X509Certificate; readonly key: string | undefined }> {
  const secret = await get<V1Secret>('/api/v1/namespaces/orcon-system/secrets/tengu-controllers-certs');
  const certificate = new X509Certificate(Buffer.from(secret?.data?.['cert.pem'] ?? '', 'base64'));
  return { certificate, key: secret?.data?.['key.pem'] };
}

/** The authorities that the API server trusts, by common name. */
async function trusted(): Promise<readonly string[]> {
  const found = await get<V1MutatingWebhookConfiguration>(WEBHOOK_CONFIGURATION);
  const bundle = Buffer.from(found?.webhooks?.[0]?.clientConfig.caBundle ?? '', 'base64').toString();
  const pems = bundle.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return pems.map((pem) => /CN=(.*)/.exec(new X509Certificate(pem).subject)?.[1] ?? '');
}

/** Makes the webhook's certificate end in a day, as far as the stack's state knows: as if the months before had gone by. */
async function age(orcon: OrconDeployment): Promise<void> {
  const file = join(orcon.folder, 'exported.json');
  const state = JSON.parse(await orcon.pulumi('stack', 'export'));
  const leaf = state.deployment.resources.find(({ type }: { type: string }) => type.endsWith(':LocallySignedCert'));
  leaf.outputs.validityEndTime = new Date(Date.now() + DAY_MS).toISOString();
  writeFileSync(file, JSON.stringify(state));
  await orcon.pulumi('stack', 'import', '--file', file);
  rmSync(file);
}

/** Makes the kubelets look at the webhook's pods at once; by themselves they bring a changed Secret within about a minute. */
async function hurryKubelets(mark: string): Promise<void> {
  const pods = await list<V1Pod>(PODS, { labelSelector: 'app.kubernetes.io/component=webhook' });
  const annotations = { 'e2e.tengu.io/touched': mark };
  await Promise.all(pods.map(({ metadata }) => merge(`${PODS}/${metadata?.name}`, { metadata: { annotations } })));
}

const generation = async () => (await get<V1Deployment>(`${DEPLOYMENTS}/relations-mutating-webhook`))?.metadata?.generation;

/** The webhook's certificate comes near its end, and its authority is exchanged. */
export const certificates: Story = (lasting) => {
  test(
    'a certificate within its renewal hours is made anew by an up that changes nothing else, on the same key',
    async () => {
      const { orcon } = lasting();
      const [before, served] = [await given(), await generation()];
      await age(orcon);
      const changes = changesIn(await orcon.up());
      expect(changes).toMatchObject({ replaced: 1, updated: 1 });
      const after = await given();
      expect([after.key, await generation()]).toEqual([before.key, served]);
      expect(after.certificate.serialNumber).not.toBe(before.certificate.serialNumber);
      expect(after.certificate.validToDate.getTime()).toBeGreaterThan(Date.now() + 300 * DAY_MS);
    },
    2 * MINUTES,
  );

  test(
    'the commands of the documentation exchange the authority while consumers come, and none is refused',
    async () => {
      const { orcon, ns } = lasting();
      const veteran = await runningPod(ns, 'veteran');
      const served = await generation();
      const seen: (readonly string[])[] = [];
      const steps: ReturnType<typeof courseOf>[] = [];
      const work = async (stampedAt: readonly number[]) => {
        // A step ends where the next up begins, and the second with every pod serving the new certificate.
        const begun: number[] = [];
        for (const [program, ...args] of documentedCommands('operations.md', 'Certificates')) {
          if (program === 'npm') {
            await hurryKubelets(String(seen.length));
            const [, script = '', , ...options] = args;
            expect(await npmRun(script, ...options)).toMatchObject({ code: 0 });
          } else if (args[0] === 'up') {
            begun.push(performance.now());
            await orcon.up();
            seen.push(await trusted());
          } else await orcon.pulumi(...args);
        }
        for (const [index, from] of begun.entries()) steps.push(courseOf(stampedAt, from, begun[index + 1] ?? performance.now()));
      };
      const failures = await admissionsDuring(ns, work, LOAD);
      const [a, b] = ['a', 'b'].map((slot) => `relations-mutating-webhook CA ${slot}`);
      expect(seen).toEqual([[a, b], [a, b], [b]]);
      expect((await given()).certificate.issuer).toContain(`CN=${b}`);
      expect(failures).toEqual({ stamped: expect.any(Number), unstamped: 0, refused: [] });
      // It went on all the while, and was not only made up for afterwards.
      expect(steps).toHaveLength(3);
      for (const { perSecond, longestPauseMs } of steps) {
        expect(perSecond).toBeGreaterThan(LOAD.perSecond / 2);
        expect(longestPauseMs).toBeLessThan(WEBHOOK_TIMEOUT_MS / 2);
      }
      expect(await generation()).toBe(served);
      await veteranUntouched(ns, veteran.uid, 2);
      await nobodyRestarted(lasting());
    },
    5 * MINUTES,
  );
};
