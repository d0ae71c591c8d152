import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect } from '@jest/globals';
import type { V1Pod } from '@kubernetes/client-node';
import { nobodyToldTwice, nothingLeftToWrite } from '../harness/aftermath.ts';
import { crashApiServer, startApiServer } from '../harness/api-server.ts';
import { held, inPhase, rolledOut, runningPod, settled, templatesOf } from '../harness/conditions.ts';
import { signalContainer } from '../harness/containers.ts';
import { CONTAINER, controllers, controllersReady, leader, metric } from '../harness/controllers.ts';
import { compactEtcd } from '../harness/etcd.ts';
import { eventually } from '../harness/eventually.ts';
import { deployment, provider } from '../harness/manifests.ts';
import type { TestNamespace } from '../harness/namespace.ts';
import { scenario } from '../harness/scenario.ts';

const AWAY_MS = 60_000;
/**
 * How long pods may take to start once the API server is back. The kubelet hears of pods and of ConfigMaps again up to a minute later
 * each (client-go's back-off of 30 s, doubled by jitter), touches come half a minute apart by then, and volumes that could not be
 * mounted meanwhile are tried again after up to two minutes.
 */
const KUBELET_SECONDS = 180;
const consumer = (ns: TestNamespace, name: string, interfaces: string) =>
  ns.create(deployment(ns.name, name, { consumes: interfaces, relations: `${interfaces}-endpoint` }));
const startsOf = (ns: TestNamespace, app: string): readonly string[] =>
  ns
    .starts()
    .filter(({ pod }) => pod.startsWith(`${app}-`))
    .map(({ values }) => `${values.SSE}${values.DB}`);
const restartsOf = ({ status }: V1Pod): number => status?.containerStatuses?.[0]?.restartCount ?? 0;

// Whatever became of the test: those that come after need it.
afterAll(startApiServer);

// First, because whoever was without an API server for long goes on asking it rarely for a while.
scenario(
  'controllers that stood still while etcd was compacted and the API server restarted list again, and miss nothing',
  async (ns) => {
    await ns.create(provider('sse-endpoint', 'sse', 'first.example'));
    await consumer(ns, 'rolling', 'sse');
    await consumer(ns, 'waiting', 'db');
    await ns.create(provider('gone-endpoint', 'sse', 'gone.example'));
    await ns.create(deployment(ns.name, 'broken', { consumes: 'sse', relations: 'gone-endpoint' }));
    await runningPod(ns, 'rolling');
    await runningPod(ns, 'broken');
    const [waiting] = await held(ns, 'waiting');
    await inPhase(ns, 'Deployment', 'waiting', 'Held');
    const { name: leading } = await leader();
    const still = await controllers();

    for (const pod of still) await signalContainer(pod, CONTAINER, 'SIGSTOP');
    await ns.create(provider('db-endpoint', 'db', 'db.example'));
    await ns.merge('Service', 'sse-endpoint', { spec: { externalName: 'second.example' } });
    await ns.remove('Service', 'gone-endpoint');
    await crashApiServer();
    await compactEtcd();
    await startApiServer();
    for (const pod of still) await signalContainer(pod, CONTAINER, 'SIGCONT');

    expect((await runningPod(ns, 'waiting')).uid).toBe(waiting?.metadata?.uid);
    await inPhase(ns, 'Deployment', 'broken', 'Broken', 'lost sse: Service gone-endpoint not found');
    await eventually('the roll has begun', async () => ((await templatesOf(ns, 'rolling')).length > 1 ? true : undefined));
    await rolledOut(ns, 'Deployment', 'rolling');
    await settled(ns);
    expect([startsOf(ns, 'rolling'), startsOf(ns, 'waiting'), startsOf(ns, 'broken')]).toEqual([
      ['first.example', 'second.example'],
      ['db.example'],
      ['gone.example'],
    ]);
    expect(await templatesOf(ns, 'rolling')).toHaveLength(2);
    expect(await templatesOf(ns, 'broken')).toHaveLength(1);
    // A leader that stood still for longer than its lease allows has ended; the other one's watches went on from where they were.
    const standby = still.find(({ metadata }) => metadata?.name !== leading);
    if (standby === undefined) throw new Error('there was one controller alone');
    await eventually('the standby has listed again', async () =>
      (await metric(standby, 'lists_total', 'reason="gone"')) > 0 ? true : undefined,
    );
    await controllersReady();
    await nobodyToldTwice(ns);
    await nothingLeftToWrite(ns);
  },
);

scenario(
  'an API server that crashes amid changes and is away for 60 s costs nobody a start, a value or a roll',
  async (ns) => {
    await ns.create(provider('sse-endpoint', 'sse', 'first.example'));
    await ns.create(provider('steady-endpoint', 'sse', 'steady.example'));
    await consumer(ns, 'rolling', 'sse');
    await ns.create(deployment(ns.name, 'steady', { consumes: 'sse', relations: 'steady-endpoint' }));
    await consumer(ns, 'waiting', 'db');
    await runningPod(ns, 'rolling');
    const steady = await runningPod(ns, 'steady');
    const [waiting] = await held(ns, 'waiting');
    const { name: leading } = await leader();
    const before = new Map((await controllers()).map((pod) => [pod.metadata?.name, restartsOf(pod)]));

    await ns.create(provider('db-endpoint', 'db', 'db.example'));
    await ns.merge('Service', 'sse-endpoint', { spec: { externalName: 'second.example' } });
    await crashApiServer();
    const back = pause(AWAY_MS);
    await signalContainer(steady, 'app', 'SIGKILL');
    await eventually('the killed container starts again without an API server', async () =>
      startsOf(ns, 'steady').length === 2 ? true : undefined,
    );
    await back;
    await startApiServer();
    await eventually('consumers are taken again', () => consumer(ns, 'late', 'db'));

    expect((await runningPod(ns, 'waiting', KUBELET_SECONDS)).uid).toBe(waiting?.metadata?.uid);
    await runningPod(ns, 'late', KUBELET_SECONDS);
    await eventually('the roll has begun', async () => ((await templatesOf(ns, 'rolling')).length > 1 ? true : undefined));
    await rolledOut(ns, 'Deployment', 'rolling');
    await controllersReady();
    await settled(ns);
    expect((await runningPod(ns, 'steady')).uid).toBe(steady.uid);
    for (const [name, count] of [
      ['rolling', 2],
      ['steady', 1],
      ['waiting', 1],
      ['late', 1],
    ] as const)
      expect([name, (await templatesOf(ns, name)).length]).toEqual([name, count]);
    expect(startsOf(ns, 'rolling')).toEqual(['first.example', 'second.example']);
    expect(startsOf(ns, 'steady')).toEqual(['steady.example', 'steady.example']);
    expect([startsOf(ns, 'waiting'), startsOf(ns, 'late')]).toEqual([['db.example'], ['db.example']]);
    // The leader lost its lease and began anew; the probes had no reason to restart anybody.
    const restarted = (await controllers()).map((pod) => [
      pod.metadata?.name,
      restartsOf(pod) - (before.get(pod.metadata?.name) ?? 0),
    ]);
    expect(Object.fromEntries(restarted)).toEqual(
      Object.fromEntries([...before.keys()].map((name) => [name, name === leading ? 1 : 0])),
    );
    await nobodyToldTwice(ns);
    await nothingLeftToWrite(ns);
  },
  { timeoutMs: 420_000 },
);
