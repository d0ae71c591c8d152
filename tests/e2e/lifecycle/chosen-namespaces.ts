import { expect, test } from '@jest/globals';
import type { V1ClusterRole, V1Deployment, V1Role } from '@kubernetes/client-node';
import { STAMP } from '../../../relations/vocabulary.ts';
import { list } from '../harness/api.ts';
import { held, RELEASE_SECONDS, rolledOut, runningPod } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { deployment, provider } from '../harness/manifests.ts';
import { refusalsOfController } from '../harness/refusals.ts';
import { scenario } from '../harness/scenario.ts';
import { MINUTES, nobodyRestarted, ONE, type Story } from './lasting.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const OURS = { labelSelector: 'app.kubernetes.io/part-of=orcon' };
const DB = { consumes: 'db', relations: 'db-endpoint' };

/** Orcon is told by name which namespaces it looks after: the lasting one alone. */
export const chosenNamespaces: Story = (lasting) => {
  test(
    'an up with namespaces by name gives the controller rights there alone, and restarts nobody',
    async () => {
      const { orcon, ns } = lasting();
      const { uid } = await runningPod(ns, 'veteran');
      await orcon.configureList('namespaces', [ns.name]);
      await orcon.up();
      expect(await list<V1ClusterRole>(`${RBAC}/clusterroles`, OURS)).toEqual([]);
      const roles = await list<V1Role>(`${RBAC}/roles`, OURS);
      expect(roles.map(({ metadata }) => metadata?.namespace).sort()).toEqual([ns.name, 'orcon-system'].sort());
      expect((await runningPod(ns, 'veteran')).uid).toBe(uid);
      await nobodyRestarted(lasting());
    },
    5 * MINUTES,
  );

  test(
    'a consumer there is stamped, held, released and rolled as ever',
    async () => {
      const { ns } = lasting();
      await ns.create(deployment(ns.name, 'chosen', DB));
      const [before] = await held(ns, 'chosen');
      await ns.create(provider('db-endpoint', 'db', 'first.example'));
      expect((await runningPod(ns, 'chosen', RELEASE_SECONDS)).uid).toBe(before?.metadata?.uid);
      await ns.merge('Service', 'db-endpoint', { spec: { externalName: 'second.example' } });
      await eventually('the consumer has another template', async () => {
        const { metadata } = await ns.read<V1Deployment>('Deployment', 'chosen');
        return metadata?.generation === 2 ? true : undefined;
      });
      await rolledOut(ns, 'Deployment', 'chosen');
      const values = ns.starts().filter(({ pod }) => pod.startsWith('chosen-'));
      expect(values.map((start) => start.values.DB)).toEqual(['first.example', 'second.example']);
      expect(await refusalsOfController()).toEqual([]);
    },
    3 * MINUTES,
  );

  scenario('a consumer in a namespace that is opted in and not named is left alone', async (elsewhere) => {
    const { orcon, ns } = lasting();
    await elsewhere.create(deployment(elsewhere.name, 'consumer', ONE));
    const { uid } = await runningPod(elsewhere, 'consumer');
    // What the controller sees to in the other namespace it would have seen to here as well.
    await ns.remove('Service', 'db-endpoint');
    await ns.remove('Deployment', 'chosen');
    await eventually('what there was of the other consumer is gone', async () =>
      (await ns.relations('Deployment', 'chosen')) === undefined ? true : undefined,
    );
    const { metadata, spec } = await elsewhere.read<V1Deployment>('Deployment', 'consumer');
    expect([metadata?.generation, spec?.template.metadata?.annotations?.[STAMP]]).toEqual([1, undefined]);
    expect((await runningPod(elsewhere, 'consumer')).uid).toBe(uid);
    expect(await elsewhere.relations('Deployment', 'consumer')).toBeUndefined();
    await orcon.unconfigure('namespaces');
  });
};
