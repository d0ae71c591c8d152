import { join } from 'node:path';
import { expect } from '@jest/globals';
import { held, inPhase, RELEASE_SECONDS, runningPod } from '../harness/conditions.ts';
import { scenario } from '../harness/scenario.ts';

const manifest = (name: string): string => join(import.meta.dirname, '../../../examples/demo', `${name}.yaml`);

scenario(
  "the prototype's demo: the pod is held until both Services are there, then runs with their values",
  async (ns) => {
    await ns.kubectl('apply', '-f', manifest('namespace'), '-f', manifest('sleep'));
    const [before] = await held(ns, 'sleep');
    await inPhase(ns, 'Deployment', 'sleep', 'Held', 'waiting for db, sse');

    await ns.kubectl('apply', '-f', manifest('sse-endpoint'));
    await inPhase(ns, 'Deployment', 'sleep', 'Held', 'waiting for db: Service db-endpoint not found');
    await held(ns, 'sleep');

    await ns.kubectl('apply', '-f', manifest('db-endpoint'));
    await inPhase(ns, 'Deployment', 'sleep', 'Related');
    const pod = await runningPod(ns, 'sleep', RELEASE_SECONDS);
    expect(pod.uid).toBe(before?.metadata?.uid);
    const events = (await ns.events('sleep')).filter(({ source }) => source?.component === 'relations-controller');
    expect(events.map(({ reason }) => reason).sort()).toEqual(['Held', 'Related']);
    expect(await ns.environment(pod.name, 'sleep1')).toMatchObject({ SSE: 'idlab-iot.tengu.io', DB: 'db.tengu.io' });
  },
  { name: 'k8s-tengu-test' },
);
