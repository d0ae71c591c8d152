import { expect } from '@jest/globals';
import { held, inPhase, rolledOut, running, runningPod, settled, templatesOf } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { deployment, provider } from '../harness/manifests.ts';
import type { TestNamespace } from '../harness/namespace.ts';
import { killContainer } from '../harness/restart.ts';
import { scenario } from '../harness/scenario.ts';

const ONE = { consumes: 'sse', relations: 'sse-endpoint' };
const TWO = { consumes: 'sse', relations: 'one,other' };

/** A consumer that runs on `last.example`, whose provider has gone away. */
async function broken(ns: TestNamespace) {
  await ns.create(provider('sse-endpoint', 'sse', 'last.example'));
  await ns.create(deployment(ns.name, 'consumer', ONE));
  const pod = await runningPod(ns, 'consumer');
  await ns.remove('Service', 'sse-endpoint');
  await inPhase(ns, 'Deployment', 'consumer', 'Broken', 'lost sse: Service sse-endpoint not found');
  return pod;
}

scenario('a provider that is deleted and made again with the same value restarts nobody', async (ns) => {
  const { uid } = await broken(ns);
  await ns.create(provider('sse-endpoint', 'sse', 'last.example'));
  await inPhase(ns, 'Deployment', 'consumer', 'Related');
  await settled(ns);
  expect(await templatesOf(ns, 'consumer')).toHaveLength(1);
  expect((await runningPod(ns, 'consumer')).uid).toBe(uid);
  expect(ns.starts()).toHaveLength(1);
});

scenario('a provider that comes back with another value rolls once', async (ns) => {
  const { name } = await broken(ns);
  await ns.create(provider('sse-endpoint', 'sse', 'other.example'));
  await eventually('a new template is there', async () => ((await templatesOf(ns, 'consumer')).length > 1 ? true : undefined));
  await rolledOut(ns, 'Deployment', 'consumer');
  await settled(ns);
  expect(await templatesOf(ns, 'consumer')).toHaveLength(2);
  expect(ns.starts().filter(({ pod }) => pod !== name)).toMatchObject([{ values: { SSE: 'other.example' } }]);
});

scenario('while Broken, a killed container comes back with the last values', async (ns) => {
  const { name } = await broken(ns);
  await killContainer(ns, name);
  expect(ns.starts()).toMatchObject([
    { pod: name, values: { SSE: 'last.example' } },
    { pod: name, values: { SSE: 'last.example' } },
  ]);
});

scenario('while Broken, a scale-up starts with the last values', async (ns) => {
  const { name } = await broken(ns);
  await ns.kubectl('scale', 'deployment/consumer', '--replicas=3');
  await running(ns, 'consumer', 3);
  const added = ns.starts().filter(({ pod }) => pod !== name);
  expect(added.map(({ values }) => values.SSE)).toEqual(['last.example', 'last.example']);
});

scenario('two related Services for one interface hold the workload until one is left', async (ns) => {
  await ns.create(provider('one', 'sse', 'one.example'));
  await ns.create(provider('other', 'sse', 'other.example'));
  await ns.create(deployment(ns.name, 'consumer', TWO));
  await inPhase(ns, 'Deployment', 'consumer', 'Held', 'sse is provided by 2 related Services, one and other');
  await held(ns, 'consumer');
  await ns.remove('Service', 'other');
  await runningPod(ns, 'consumer');
  expect(ns.starts()).toMatchObject([{ values: { SSE: 'one.example' } }]);
});

scenario('a second Service for an interface is a Conflict, in which the last values stay and everything goes on', async (ns) => {
  await ns.create(provider('one', 'sse', 'one.example'));
  await ns.create(deployment(ns.name, 'consumer', TWO));
  const { name, uid } = await runningPod(ns, 'consumer');
  await ns.create(provider('other', 'sse', 'other.example'));
  await inPhase(ns, 'Deployment', 'consumer', 'Conflict', 'sse is provided by 2 related Services, one and other');
  await killContainer(ns, name);
  await ns.kubectl('scale', 'deployment/consumer', '--replicas=2');
  await running(ns, 'consumer', 2);
  await ns.remove('Service', 'other');
  await inPhase(ns, 'Deployment', 'consumer', 'Related');
  await settled(ns);
  expect(await templatesOf(ns, 'consumer')).toHaveLength(1);
  expect((await ns.pods('consumer')).map(({ metadata }) => metadata?.uid)).toContain(uid);
  expect(ns.starts().map(({ values }) => values.SSE)).toEqual(['one.example', 'one.example', 'one.example']);
});
