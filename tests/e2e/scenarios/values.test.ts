import { expect } from '@jest/globals';
import { held, inPhase, rolledOut, running, runningPod, settled, templatesOf } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { deployment, provider } from '../harness/manifests.ts';
import { scenario } from '../harness/scenario.ts';

const BOTH = { consumes: 'sse,db', relations: 'sse-endpoint,db-endpoint' };

scenario('a value that changes while the pods are held is the one that they start with, without a roll', async (ns) => {
  await ns.create(provider('sse-endpoint', 'sse', 'first.example'));
  await ns.create(deployment(ns.name, 'consumer', BOTH));
  await held(ns, 'consumer');
  await eventually('the first value is known', async () =>
    (await ns.relations('Deployment', 'consumer'))?.data?.SSE === 'first.example' ? true : undefined,
  );
  await ns.merge('Service', 'sse-endpoint', { spec: { externalName: 'second.example' } });
  await ns.create(provider('db-endpoint', 'db', 'db.example'));
  await runningPod(ns, 'consumer');
  await settled(ns);
  expect(ns.starts().map(({ values }) => values)).toMatchObject([{ SSE: 'second.example', DB: 'db.example' }]);
  expect(await templatesOf(ns, 'consumer')).toHaveLength(1);
});

scenario('a changed value rolls the pods once, and every new pod starts with it', async (ns) => {
  await ns.create(provider('sse-endpoint', 'sse', 'first.example'));
  await ns.create(provider('db-endpoint', 'db', 'db.example'));
  await ns.create(deployment(ns.name, 'consumer', { ...BOTH, replicas: 2 }));
  const before = await running(ns, 'consumer', 2);
  await ns.merge('Service', 'sse-endpoint', { spec: { externalName: 'second.example' } });
  await eventually('a new template is there', async () => ((await templatesOf(ns, 'consumer')).length > 1 ? true : undefined));
  await rolledOut(ns, 'Deployment', 'consumer');
  await settled(ns);
  expect(await templatesOf(ns, 'consumer')).toHaveLength(2);
  const old = before.map(({ metadata }) => metadata?.name);
  const fresh = ns.starts().filter(({ pod }) => !old.includes(pod));
  expect(fresh.map(({ values }) => values.SSE)).toEqual(['second.example', 'second.example']);
});

scenario('a new value and a vanished one roll nobody', async (ns) => {
  await ns.create(provider('sse-endpoint', 'sse', 'sse.example', { user: 'orcon' }));
  await ns.create(deployment(ns.name, 'consumer', { consumes: 'sse', relations: 'sse-endpoint,db-endpoint' }));
  const { uid } = await runningPod(ns, 'consumer');
  const annotations = { 'tengu.io/data.user': null, 'tengu.io/data.topic': 'news' };
  await ns.merge('Service', 'sse-endpoint', { metadata: { annotations } });
  await ns.create(provider('db-endpoint', 'db', 'db.example'));
  await eventually('the new values are written', async () => {
    const { data } = (await ns.relations('Deployment', 'consumer')) ?? {};
    return data?.SSE_TOPIC === 'news' && data.DB === 'db.example' ? true : undefined;
  });
  await settled(ns);
  expect(await templatesOf(ns, 'consumer')).toHaveLength(1);
  expect((await runningPod(ns, 'consumer')).uid).toBe(uid);
  expect((await inPhase(ns, 'Deployment', 'consumer', 'Related')).data?.SSE_USER).toBe('orcon');
});
