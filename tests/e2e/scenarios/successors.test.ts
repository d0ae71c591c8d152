import { expect } from '@jest/globals';
import { configMapName } from '../../../relations/names.ts';
import { held, inPhase, rolledOut, runningPod, settled, templatesOf } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { deployment, provider } from '../harness/manifests.ts';
import { killContainer } from '../harness/restart.ts';
import { scenario } from '../harness/scenario.ts';

const OLD = { consumes: 'sse', relations: 'old' };

scenario("a Deployment deleted and made again at once never starts on its predecessor's values", async (ns) => {
  await ns.create(provider('old', 'sse', 'old.example'));
  await ns.create(deployment(ns.name, 'consumer', OLD));
  await runningPod(ns, 'consumer');
  await ns.remove('Deployment', 'consumer', { propagationPolicy: 'Background' });
  const { object: successor } = await ns.create(
    deployment(ns.name, 'consumer', { consumes: 'sse', relations: 'new', version: '2' }),
  );
  const map = await inPhase(ns, 'Deployment', 'consumer', 'Held', 'Service new not found');
  expect(map.metadata?.ownerReferences?.map(({ uid }) => uid)).toEqual([successor.metadata?.uid]);
  await held(ns, 'consumer');
  await ns.create(provider('new', 'sse', 'new.example'));
  await runningPod(ns, 'consumer');
  expect(ns.starts().map(({ values }) => [values.APP, values.SSE])).toEqual([
    ['1', 'old.example'],
    ['2', 'new.example'],
  ]);
});

scenario('an orphaned ConfigMap is adopted by the workload that is made again', async (ns) => {
  await ns.create(provider('old', 'sse', 'old.example'));
  await ns.create(deployment(ns.name, 'consumer', OLD));
  await runningPod(ns, 'consumer');
  const before = await inPhase(ns, 'Deployment', 'consumer', 'Related');
  await ns.kubectl('delete', 'deployment/consumer', '--cascade=orphan');
  const { object: successor } = await ns.create(deployment(ns.name, 'consumer', { ...OLD, version: '2' }));
  await eventually('the ConfigMap belongs to the new workload', async () => {
    const found = await ns.relations('Deployment', 'consumer');
    return found?.metadata?.ownerReferences?.some(({ uid }) => uid === successor.metadata?.uid) ? true : undefined;
  });
  expect((await ns.relations('Deployment', 'consumer'))?.metadata?.uid).toBe(before.metadata?.uid);
  await rolledOut(ns, 'Deployment', 'consumer');
  expect(ns.starts().at(-1)).toMatchObject({ values: { APP: '2', SSE: 'old.example' } });
});

scenario('an orphaned ConfigMap stays while a pod reads it, and goes with the last one', async (ns) => {
  await ns.create(provider('old', 'sse', 'old.example'));
  await ns.create(deployment(ns.name, 'consumer', OLD));
  const { name } = await runningPod(ns, 'consumer');
  await ns.kubectl('delete', 'deployment/consumer', '--cascade=orphan');
  await settled(ns);
  await killContainer(ns, name);
  expect(ns.starts()).toMatchObject([{ values: { SSE: 'old.example' } }, { values: { SSE: 'old.example' } }]);
  await ns.kubectl('delete', 'replicaset', '-l', 'app=consumer', '--wait=false');
  await eventually('the ConfigMap is gone', async () =>
    (await ns.relations('Deployment', 'consumer')) === undefined ? true : undefined,
  );
});

scenario('a ConfigMap that somebody deletes is written again, and nobody rolls', async (ns) => {
  await ns.create(provider('old', 'sse', 'old.example'));
  await ns.create(deployment(ns.name, 'consumer', OLD));
  const { name, uid } = await runningPod(ns, 'consumer');
  const before = await inPhase(ns, 'Deployment', 'consumer', 'Related');
  await ns.remove('ConfigMap', configMapName('Deployment', 'consumer'));
  const after = await eventually('the ConfigMap is there again', async () => {
    const found = await ns.relations('Deployment', 'consumer');
    return found?.metadata?.uid === before.metadata?.uid ? undefined : found;
  });
  expect(after.data).toEqual(before.data);
  await settled(ns);
  expect(await templatesOf(ns, 'consumer')).toHaveLength(1);
  await killContainer(ns, name);
  expect((await runningPod(ns, 'consumer')).uid).toBe(uid);
  expect(ns.starts().map(({ values }) => values.SSE)).toEqual(['old.example', 'old.example']);
});
