import { afterAll, expect } from '@jest/globals';
import { startPart, stopPart } from '../../../local/cluster/index.ts';
import { nobodyToldTwice, nothingLeftToWrite } from '../harness/aftermath.ts';
import { held, inPhase, rolledOut, runningPod, settled, templatesOf } from '../harness/conditions.ts';
import { deployment, provider } from '../harness/manifests.ts';
import { scenario } from '../harness/scenario.ts';

// Whatever became of the test: those that come after need it.
afterAll(() => startPart('containerd'));

scenario("what is released and rolled while the node's containerd is away starts once, when it is back", async (ns) => {
  await ns.create(provider('sse-endpoint', 'sse', 'first.example'));
  await ns.create(deployment(ns.name, 'rolling', { consumes: 'sse', relations: 'sse-endpoint' }));
  await runningPod(ns, 'rolling');
  await ns.create(deployment(ns.name, 'waiting', { consumes: 'db', relations: 'db-endpoint' }));
  const [waiting] = await held(ns, 'waiting');

  await stopPart('containerd', 0);
  await ns.create(deployment(ns.name, 'late', { consumes: 'db', relations: 'db-endpoint' }));
  await ns.create(provider('db-endpoint', 'db', 'db.example'));
  await ns.merge('Service', 'sse-endpoint', { spec: { externalName: 'second.example' } });
  for (const name of ['waiting', 'late', 'rolling']) await inPhase(ns, 'Deployment', name, 'Related');
  await settled(ns);
  await startPart('containerd');

  expect((await runningPod(ns, 'waiting')).uid).toBe(waiting?.metadata?.uid);
  await runningPod(ns, 'late');
  await rolledOut(ns, 'Deployment', 'rolling');
  await settled(ns);
  const templates = await Promise.all(['waiting', 'late', 'rolling'].map((name) => templatesOf(ns, name)));
  expect(templates.map(({ length }) => length)).toEqual([1, 1, 2]);
  const starts = ns.starts().map(({ pod, values }) => `${pod.split('-')[0]} ${values.SSE}${values.DB}`);
  expect(starts.sort()).toEqual(['late db.example', 'rolling first.example', 'rolling second.example', 'waiting db.example']);
  await nobodyToldTwice(ns);
  await nothingLeftToWrite(ns);
});
