import { expect } from '@jest/globals';
import type { V1ControllerRevision, V1Pod } from '@kubernetes/client-node';
import { held, inPhase, rolledOut, running, settled } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { daemonSet, provider, statefulSet } from '../harness/manifests.ts';
import type { TestNamespace } from '../harness/namespace.ts';
import { scenario } from '../harness/scenario.ts';

const ONE = { consumes: 'sse', relations: 'sse-endpoint' };

const revisionsOf = (ns: TestNamespace, name: string): Promise<readonly V1ControllerRevision[]> =>
  ns.list<V1ControllerRevision>('ControllerRevision', { labelSelector: `app=${name}` });

const uidsOf = (pods: readonly V1Pod[]): readonly (string | undefined)[] => pods.map(({ metadata }) => metadata?.uid);

scenario(
  'an OrderedReady StatefulSet of three replicas that was held comes up in order, in the pod that was held',
  async (ns) => {
    await ns.create(statefulSet(ns.name, 'ordered', { ...ONE, replicas: 3 }));
    const [first] = await held(ns, 'ordered');
    await ns.create(provider('sse-endpoint', 'sse', 'sse.example'));
    const pods = await running(ns, 'ordered', 3);
    await settled(ns);
    expect(uidsOf(pods)).toContain(first?.metadata?.uid);
    expect(ns.starts()).toMatchObject(
      [0, 1, 2].map((ordinal) => ({ pod: `ordered-${ordinal}`, values: { SSE: 'sse.example' } })),
    );
    expect(await revisionsOf(ns, 'ordered')).toHaveLength(1);
  },
);

scenario('an OrderedReady StatefulSet held on a misspelt relation goes on when it is corrected', async (ns) => {
  await ns.create(provider('sse-endpoint', 'sse', 'sse.example'));
  await ns.apply(statefulSet(ns.name, 'ordered', { consumes: 'sse', relations: 'sse-endpiont', replicas: 2 }));
  await inPhase(ns, 'StatefulSet', 'ordered', 'Held', 'Service sse-endpiont not found');
  await held(ns, 'ordered');
  await ns.apply(statefulSet(ns.name, 'ordered', { ...ONE, replicas: 2 }));
  await rolledOut(ns, 'StatefulSet', 'ordered');
  await inPhase(ns, 'StatefulSet', 'ordered', 'Related');
  expect(new Set(ns.starts().map(({ values }) => values.SSE))).toEqual(new Set(['sse.example']));
});

scenario('a changed value rolls a StatefulSet once', async (ns) => {
  await ns.create(provider('sse-endpoint', 'sse', 'first.example'));
  await ns.create(statefulSet(ns.name, 'ordered', { ...ONE, replicas: 2 }));
  await running(ns, 'ordered', 2);
  await ns.merge('Service', 'sse-endpoint', { spec: { externalName: 'second.example' } });
  await eventually('a new template is there', async () => ((await revisionsOf(ns, 'ordered')).length > 1 ? true : undefined));
  await rolledOut(ns, 'StatefulSet', 'ordered');
  await settled(ns);
  expect(await revisionsOf(ns, 'ordered')).toHaveLength(2);
  expect(ns.starts().map(({ pod, values }) => `${pod} ${values.SSE}`)).toEqual([
    'ordered-0 first.example',
    'ordered-1 first.example',
    'ordered-1 second.example',
    'ordered-0 second.example',
  ]);
});

scenario('a DaemonSet is held, released where it stands, and rolled once when a value changes', async (ns) => {
  await ns.create(daemonSet(ns.name, 'agent', ONE));
  const before = await held(ns, 'agent');
  await ns.create(provider('sse-endpoint', 'sse', 'first.example'));
  expect(uidsOf(await running(ns, 'agent'))).toEqual(uidsOf(before));
  await ns.merge('Service', 'sse-endpoint', { spec: { externalName: 'second.example' } });
  await eventually('a new template is there', async () => ((await revisionsOf(ns, 'agent')).length > 1 ? true : undefined));
  await rolledOut(ns, 'DaemonSet', 'agent');
  await settled(ns);
  expect(await revisionsOf(ns, 'agent')).toHaveLength(2);
  expect(ns.starts().map(({ values }) => values.SSE)).toEqual(['first.example', 'second.example']);
});
