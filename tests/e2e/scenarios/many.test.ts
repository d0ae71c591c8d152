import { expect } from '@jest/globals';
import type { V1ConfigMap } from '@kubernetes/client-node';
import { PHASE } from '../../../relations/vocabulary.ts';
import { inPhase, running } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { deployment, provider } from '../harness/manifests.ts';
import { scenario } from '../harness/scenario.ts';

const NAMES = Array.from({ length: 30 }, (_, index) => `consumer-${index}`);

scenario('30 workloads at once are held and released by one Service', async (ns) => {
  await Promise.all(NAMES.map((name) => ns.create(deployment(ns.name, name, { consumes: 'sse', relations: 'sse-endpoint' }))));
  await eventually('30 workloads are held', async () => {
    const found = await ns.list<V1ConfigMap>('ConfigMap', { labelSelector: `${PHASE}=Held` });
    return found.length === NAMES.length ? true : undefined;
  });
  await ns.create(provider('sse-endpoint', 'sse', 'sse.example'));
  for (const name of NAMES) await inPhase(ns, 'Deployment', name, 'Related');
  for (const name of NAMES) await running(ns, name, 1, 120);
  expect(ns.starts().map(({ values }) => values.SSE)).toEqual(NAMES.map(() => 'sse.example'));
});
