import { expect } from '@jest/globals';
import { nobodyToldTwice, nothingLeftToWrite } from '../harness/aftermath.ts';
import { held, inPhase, RELEASE_SECONDS, rolledOut, runningPod, settled, templatesOf } from '../harness/conditions.ts';
import { signalContainer } from '../harness/containers.ts';
import { CONTAINER, leader } from '../harness/controllers.ts';
import { HoldPoint } from '../harness/hold-point.ts';
import { deployment, provider } from '../harness/manifests.ts';
import { scenario } from '../harness/scenario.ts';

scenario(
  'a controller killed after it wrote the ConfigMaps, before it touched a pod or rolled, leaves nothing undone',
  async (ns) => {
    await ns.create(provider('sse-endpoint', 'sse', 'first.example'));
    await ns.create(deployment(ns.name, 'waiting', { consumes: 'db', relations: 'db-endpoint' }));
    await ns.create(deployment(ns.name, 'rolling', { consumes: 'sse', relations: 'sse-endpoint' }));
    await runningPod(ns, 'rolling');
    const [waiting] = await held(ns, 'waiting');
    await inPhase(ns, 'Deployment', 'waiting', 'Held');
    const killed = await leader();
    const point = await HoldPoint.set(ns, 'waiting');

    await ns.merge('Service', 'sse-endpoint', { spec: { externalName: 'second.example' } });
    await ns.create(provider('db-endpoint', 'db', 'db.example'));
    await point.holds('pods', 'deployments');
    await signalContainer(killed, CONTAINER, 'SIGKILL');
    await point.open();
    // The ConfigMaps are written, so to whoever comes after there seems to be nothing left to do.
    expect((await inPhase(ns, 'Deployment', 'waiting', 'Related')).data).toMatchObject({ DB: 'db.example' });
    expect((await inPhase(ns, 'Deployment', 'rolling', 'Related')).data).toMatchObject({ SSE: 'second.example' });

    expect((await runningPod(ns, 'waiting', RELEASE_SECONDS)).uid).toBe(waiting?.metadata?.uid);
    await rolledOut(ns, 'Deployment', 'rolling');
    await settled(ns);
    expect(await templatesOf(ns, 'waiting')).toHaveLength(1);
    expect(await templatesOf(ns, 'rolling')).toHaveLength(2);
    expect(
      ns
        .starts()
        .filter(({ pod }) => pod.startsWith('waiting'))
        .map(({ values }) => values.DB),
    ).toEqual(['db.example']);
    const rolled = ns.starts().filter(({ pod }) => pod.startsWith('rolling'));
    expect(rolled.map(({ values }) => values.SSE)).toEqual(['first.example', 'second.example']);
    await nobodyToldTwice(ns);
    await nothingLeftToWrite(ns);
  },
);
