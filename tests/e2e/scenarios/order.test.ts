import { expect } from '@jest/globals';
import { held, inPhase, printed, RELEASE_SECONDS, runningPod } from '../harness/conditions.ts';
import { deployment, provider } from '../harness/manifests.ts';
import { scenario } from '../harness/scenario.ts';
import { readStarts } from '../harness/starts.ts';

const BOTH = { consumes: 'sse,db', relations: 'sse-endpoint,db-endpoint' };
const EXPECTED = { SSE: 'sse.example', DB: 'db.example' };

scenario('a workload that comes after its Services starts at once with their values', async (ns) => {
  await ns.create(provider('sse-endpoint', 'sse', 'sse.example'));
  await ns.create(provider('db-endpoint', 'db', 'db.example'));
  await ns.create(deployment(ns.name, 'late', BOTH));
  const { name } = await runningPod(ns, 'late');
  expect(readStarts(await printed(ns, name))).toMatchObject([{ pod: name, values: EXPECTED }]);
  await inPhase(ns, 'Deployment', 'late', 'Related');
});

scenario('a workload that comes before its Services is held, and released where it stands', async (ns) => {
  await ns.create(deployment(ns.name, 'early', BOTH));
  const [pod] = await held(ns, 'early');
  await ns.create(provider('db-endpoint', 'db', 'db.example'));
  await inPhase(ns, 'Deployment', 'early', 'Held', 'waiting for sse: Service sse-endpoint not found');
  await ns.create(provider('sse-endpoint', 'sse', 'sse.example'));
  const { name, uid } = await runningPod(ns, 'early', RELEASE_SECONDS);
  expect(uid).toBe(pod?.metadata?.uid);
  expect(readStarts(await printed(ns, name))).toMatchObject([{ pod: name, values: EXPECTED }]);
  expect(ns.starts()).toHaveLength(1);
});
