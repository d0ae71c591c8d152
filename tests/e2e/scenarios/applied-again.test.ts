import { expect } from '@jest/globals';
import type { V1ConfigMap, V1Deployment } from '@kubernetes/client-node';
import { runningPod, settled, templatesOf } from '../harness/conditions.ts';
import { deployment, provider } from '../harness/manifests.ts';
import type { TestNamespace } from '../harness/namespace.ts';
import { scenario } from '../harness/scenario.ts';

const OLD = { consumes: 'sse', relations: 'old' };

/** Runs `again` and asserts that it changes nothing: no generation, no template, no pod. */
async function changesNothing(ns: TestNamespace, again: () => Promise<unknown>): Promise<void> {
  const { uid } = await runningPod(ns, 'consumer');
  const before = await ns.read<V1Deployment>('Deployment', 'consumer');
  await again();
  await settled(ns);
  const after = await ns.read<V1Deployment>('Deployment', 'consumer');
  expect(after.spec).toEqual(before.spec);
  expect(after.metadata?.generation).toBe(before.metadata?.generation);
  expect(await templatesOf(ns, 'consumer')).toHaveLength(1);
  expect((await runningPod(ns, 'consumer')).uid).toBe(uid);
  expect(ns.starts().map(({ values }) => values.SSE)).toEqual(['old.example']);
}

scenario('kubectl apply of the same manifest again changes nothing', async (ns) => {
  await ns.create(provider('old', 'sse', 'old.example'));
  const manifest = deployment(ns.name, 'consumer', OLD);
  await ns.apply(manifest);
  await changesNothing(ns, () => ns.apply(manifest));
});

scenario('a server-side apply of the same manifest again changes nothing', async (ns) => {
  await ns.create(provider('old', 'sse', 'old.example'));
  const manifest = deployment(ns.name, 'consumer', OLD);
  await ns.applyServerSide(manifest);
  await changesNothing(ns, () => ns.applyServerSide(manifest));
});

scenario('a server-side apply of the same manifest with an own envFrom again changes nothing', async (ns) => {
  await ns.create(provider('old', 'sse', 'old.example'));
  await ns.create<V1ConfigMap>({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'own' }, data: { OWN: 'mine' } });
  const manifest = deployment(ns.name, 'consumer', { ...OLD, container: { envFrom: [{ configMapRef: { name: 'own' } }] } });
  await ns.applyServerSide(manifest);
  await changesNothing(ns, () => ns.applyServerSide(manifest));
  const { name } = await runningPod(ns, 'consumer');
  expect(await ns.environment(name)).toMatchObject({ OWN: 'mine', SSE: 'old.example' });
});
