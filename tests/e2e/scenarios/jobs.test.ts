import { expect } from '@jest/globals';
import type { V1Job } from '@kubernetes/client-node';
import { RELATIONS } from '../../../relations/vocabulary.ts';
import { held, inPhase, settled } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { cronJob, job, provider } from '../harness/manifests.ts';
import type { TestNamespace } from '../harness/namespace.ts';
import { scenario } from '../harness/scenario.ts';

const ONE = { consumes: 'sse', relations: 'sse-endpoint' };

const complete = (ns: TestNamespace, name: string): Promise<true> =>
  eventually(`Job ${name} is complete`, async () =>
    (await ns.read<V1Job>('Job', name)).status?.succeeded === 1 ? true : undefined,
  );

scenario('a Job is held and completes in the pod that it was held in', async (ns) => {
  await ns.create(job(ns.name, 'batch', ONE));
  const before = await held(ns, 'batch');
  await ns.create(provider('sse-endpoint', 'sse', 'sse.example'));
  await complete(ns, 'batch');
  expect((await ns.pods('batch')).map(({ metadata }) => metadata?.uid)).toEqual(before.map(({ metadata }) => metadata?.uid));
  expect(ns.starts()).toMatchObject([{ values: { SSE: 'sse.example' } }]);
});

scenario('a Job that has only generateName is held and released under the name that it gets', async (ns) => {
  const unnamed = job(ns.name, 'batch', ONE);
  const { object } = await ns.create<V1Job>({
    ...unnamed,
    metadata: { ...unnamed.metadata, name: undefined, generateName: 'batch-' },
  });
  const name = object.metadata?.name ?? '';
  expect(name).toMatch(/^batch-.{5}$/);
  await inPhase(ns, 'Job', name, 'Held', 'waiting for sse');
  await held(ns, 'batch');
  await ns.create(provider('sse-endpoint', 'sse', 'sse.example'));
  await complete(ns, name);
  expect(ns.starts()).toMatchObject([{ values: { SSE: 'sse.example' } }]);
});

scenario("a Job's edited annotation is warned of and changes nothing: its first relations count", async (ns) => {
  await ns.create(job(ns.name, 'batch', ONE));
  await held(ns, 'batch');
  const { warnings } = await ns.merge<V1Job>('Job', 'batch', { metadata: { annotations: { [RELATIONS]: 'other' } } });
  expect(warnings).toEqual([expect.stringContaining('delete and re-create it')]);
  await ns.create(provider('other', 'sse', 'other.example'));
  await settled(ns);
  await inPhase(ns, 'Job', 'batch', 'Held', 'Service sse-endpoint not found');
  await ns.create(provider('sse-endpoint', 'sse', 'sse.example'));
  await complete(ns, 'batch');
  expect(ns.starts()).toMatchObject([{ values: { SSE: 'sse.example' } }]);
});

scenario("a CronJob's Job is held and released, and its next one reads fresh values", async (ns) => {
  await ns.create(cronJob(ns.name, 'nightly', ONE));
  await ns.kubectl('create', 'job', 'first', '--from=cronjob/nightly');
  await held(ns, 'nightly');
  await inPhase(ns, 'CronJob', 'nightly', 'Held', 'waiting for sse');
  await ns.create(provider('sse-endpoint', 'sse', 'first.example'));
  await complete(ns, 'first');
  await ns.merge('Service', 'sse-endpoint', { spec: { externalName: 'second.example' } });
  await eventually('the new value is written', async () =>
    (await ns.relations('CronJob', 'nightly'))?.data?.SSE === 'second.example' ? true : undefined,
  );
  await ns.kubectl('create', 'job', 'second', '--from=cronjob/nightly');
  await complete(ns, 'second');
  expect(ns.starts().map(({ values }) => values.SSE)).toEqual(['first.example', 'second.example']);
});
