import { expect } from '@jest/globals';
import type { V1Deployment } from '@kubernetes/client-node';
import { DEMO_IMAGE } from '../../../local/cluster/index.ts';
import { STAMP } from '../../../relations/vocabulary.ts';
import { held, inPhase, rolledOut, runningPod, settled, templatesOf } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { deployment, provider } from '../harness/manifests.ts';
import type { TestNamespace } from '../harness/namespace.ts';
import { scenario } from '../harness/scenario.ts';

const OLD = { consumes: 'sse', relations: 'old' };
const NEW = { consumes: 'sse', relations: 'new', version: '2', container: { image: DEMO_IMAGE } };

const generationOf = async (ns: TestNamespace): Promise<number | undefined> =>
  (await ns.read<V1Deployment>('Deployment', 'consumer')).metadata?.generation;

scenario('image and relations changed in one apply never start on the old relation, and roll once', async (ns) => {
  await ns.create(provider('old', 'sse', 'old.example'));
  await ns.create(provider('new', 'sse', 'new.example'));
  await ns.apply(deployment(ns.name, 'consumer', OLD));
  await runningPod(ns, 'consumer');
  await ns.apply(deployment(ns.name, 'consumer', NEW));
  await rolledOut(ns, 'Deployment', 'consumer');
  await settled(ns);
  expect(await templatesOf(ns, 'consumer')).toHaveLength(2);
  expect(ns.starts().map(({ values }) => [values.APP, values.SSE])).toEqual([
    ['1', 'old.example'],
    ['2', 'new.example'],
  ]);
});

scenario(
  'image and relations changed to a Service that is not there yet hold the new pods while the old ones run',
  async (ns) => {
    await ns.create(provider('old', 'sse', 'old.example'));
    await ns.apply(deployment(ns.name, 'consumer', OLD));
    const { name, uid } = await runningPod(ns, 'consumer');
    await ns.apply(deployment(ns.name, 'consumer', NEW));
    await inPhase(ns, 'Deployment', 'consumer', 'Held', 'Service new not found');
    await eventually('a pod of the new template is there', async () =>
      (await ns.pods('consumer')).length === 2 ? true : undefined,
    );
    expect((await ns.pods('consumer')).map(({ metadata }) => metadata?.uid)).toContain(uid);
    await ns.create(provider('new', 'sse', 'new.example'));
    await rolledOut(ns, 'Deployment', 'consumer');
    await settled(ns);
    expect(await templatesOf(ns, 'consumer')).toHaveLength(2);
    expect(ns.starts().filter(({ pod }) => pod !== name)).toMatchObject([{ values: { APP: '2', SSE: 'new.example' } }]);
  },
);

scenario('rollout undo after a roll of ours loses no roll', async (ns) => {
  await ns.create(provider('old', 'sse', 'first.example'));
  await ns.apply(deployment(ns.name, 'consumer', OLD));
  await runningPod(ns, 'consumer');
  await ns.merge('Service', 'old', { spec: { externalName: 'second.example' } });
  await eventually('a new template is there', async () => ((await templatesOf(ns, 'consumer')).length > 1 ? true : undefined));
  await rolledOut(ns, 'Deployment', 'consumer');

  // The revision before differs by our stamp alone: going back to it would mean pods that read nothing else.
  const { uid } = await runningPod(ns, 'consumer');
  const generation = await generationOf(ns);
  await ns.kubectl('rollout', 'undo', 'deployment/consumer');
  await settled(ns);
  expect(await generationOf(ns)).toBe(generation);
  expect((await runningPod(ns, 'consumer')).uid).toBe(uid);

  // A revision of the user's comes back, with the newest values.
  await ns.apply(deployment(ns.name, 'consumer', { ...OLD, version: '2' }));
  await rolledOut(ns, 'Deployment', 'consumer');
  await ns.kubectl('rollout', 'undo', 'deployment/consumer');
  await rolledOut(ns, 'Deployment', 'consumer');
  await settled(ns);
  expect(ns.starts().map(({ values }) => [values.APP, values.SSE])).toEqual([
    ['1', 'first.example'],
    ['1', 'second.example'],
    ['2', 'second.example'],
    ['1', 'second.example'],
  ]);
});

scenario('an edit of something else than template and lists restarts nobody', async (ns) => {
  await ns.create(provider('old', 'sse', 'old.example'));
  await ns.apply(deployment(ns.name, 'consumer', OLD));
  const { uid } = await runningPod(ns, 'consumer');
  await ns.merge('Deployment', 'consumer', {
    metadata: { labels: { team: 'blue' }, annotations: { 'tengu.io/consumes': ' SSE, ' } },
  });
  await settled(ns);
  expect(await templatesOf(ns, 'consumer')).toHaveLength(1);
  expect((await runningPod(ns, 'consumer')).uid).toBe(uid);
});

scenario('a copy of a stamped workload under another name is held for relations of its own', async (ns) => {
  await ns.create(provider('old', 'sse', 'old.example'));
  await ns.create(deployment(ns.name, 'consumer', OLD));
  await runningPod(ns, 'consumer');
  const { spec } = await ns.read<V1Deployment>('Deployment', 'consumer');
  const copy = deployment(ns.name, 'copy', { consumes: 'db', relations: 'db-endpoint' });
  if (!spec) throw new Error('a Deployment without spec');
  const labels = { ...spec.template.metadata?.labels, app: 'copy' };
  const annotations = { ...spec.template.metadata?.annotations };
  expect(annotations).toHaveProperty([STAMP]);
  const template = { ...spec.template, metadata: { labels, annotations } };
  await ns.create<V1Deployment>({ ...copy, spec: { ...spec, selector: { matchLabels: { app: 'copy' } }, template } });
  await inPhase(ns, 'Deployment', 'copy', 'Held', 'waiting for db');
  await held(ns, 'copy');
  await ns.create(provider('db-endpoint', 'db', 'db.example'));
  const { name } = await runningPod(ns, 'copy');
  expect(await ns.environment(name)).toMatchObject({ DB: 'db.example' });
  expect(await ns.environment(name)).not.toHaveProperty('SSE');
});
