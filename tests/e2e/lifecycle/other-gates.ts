import { expect, test } from '@jest/globals';
import { held, inPhase, rolledOut, running, runningPod, settled, templatesOf } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { deployment, job, provider, statefulSet } from '../harness/manifests.ts';
import { pushPrototypeGate } from '../harness/prototype-gate.ts';
import { killContainer } from '../harness/restart.ts';
import { scenario } from '../harness/scenario.ts';
import { gateInForce } from '../harness/webhook.ts';
import { MINUTES, nobodyRestarted, ONE, type Story } from './lasting.ts';

/** Other gates than orcon's own container, which are set in a running deployment. */
export const otherGates: Story = (lasting) => {
  test(
    'an up with hold: kubelet restarts nobody, and warns of what has no effect any more',
    async () => {
      const { uid } = await runningPod(lasting().ns, 'recruit');
      await lasting().orcon.configure('hold', 'kubelet');
      const said = await lasting().orcon.up();
      expect(said).toContain('warning: orcon:gateBaseImage is set and has no effect: orcon:hold is kubelet');
      await gateInForce('hold: kubelet', ({ hold, images }) => hold === 'kubelet' && images.length === 0);
      await settled(lasting().ns);
      expect((await runningPod(lasting().ns, 'recruit')).uid).toBe(uid);
      await nobodyRestarted(lasting());
    },
    5 * MINUTES,
  );

  scenario('held by the kubelet alone, pods are released where they stand and rolled once by a changed value', async (ns) => {
    await ns.create(deployment(ns.name, 'consumer', ONE));
    const [before] = await held(ns, 'consumer');
    expect(before?.spec?.initContainers).toBeUndefined();
    await ns.create(provider('sse-endpoint', 'sse', 'first.example'));
    expect((await runningPod(ns, 'consumer')).uid).toBe(before?.metadata?.uid);
    await ns.merge('Service', 'sse-endpoint', { spec: { externalName: 'second.example' } });
    await eventually('a new template is there', async () => ((await templatesOf(ns, 'consumer')).length > 1 ? true : undefined));
    await rolledOut(ns, 'Deployment', 'consumer');
    await settled(ns);
    expect(await templatesOf(ns, 'consumer')).toHaveLength(2);
    expect(ns.starts().map(({ values }) => values.SSE)).toEqual(['first.example', 'second.example']);
  });

  scenario('held by the kubelet alone, a killed container comes back and a scale-up starts while Broken', async (ns) => {
    await ns.create(provider('sse-endpoint', 'sse', 'last.example'));
    await ns.create(deployment(ns.name, 'consumer', ONE));
    const { name } = await runningPod(ns, 'consumer');
    await ns.remove('Service', 'sse-endpoint');
    await inPhase(ns, 'Deployment', 'consumer', 'Broken');
    await killContainer(ns, name);
    await ns.kubectl('scale', 'deployment/consumer', '--replicas=2');
    await running(ns, 'consumer', 2);
    expect(ns.starts().map(({ values }) => values.SSE)).toEqual(['last.example', 'last.example', 'last.example']);
  });

  scenario(
    'held by the kubelet alone, a Job and a StatefulSet of three replicas go on in the pods that were held',
    async (ns) => {
      await ns.create(job(ns.name, 'batch', ONE));
      await ns.create(statefulSet(ns.name, 'ordered', { ...ONE, replicas: 3 }));
      const before = [...(await held(ns, 'batch')), ...(await held(ns, 'ordered'))];
      await ns.create(provider('sse-endpoint', 'sse', 'sse.example'));
      await running(ns, 'ordered', 3);
      await eventually('the Job is complete', async () => {
        const { status } = await ns.read<{ status?: { succeeded?: number } }>('Job', 'batch');
        return status?.succeeded === 1 ? true : undefined;
      });
      const after = [...(await ns.pods('batch')), ...(await ns.pods('ordered'))].map(({ metadata }) => metadata?.uid);
      expect(after).toEqual(expect.arrayContaining(before.map(({ metadata }) => metadata?.uid)));
      expect(ns.starts()).toHaveLength(4);
    },
  );

  test(
    "a gate image of the prototype's kind takes the place of orcon's own",
    async () => {
      const image = await pushPrototypeGate();
      await lasting().orcon.configure('gateImage', image);
      await lasting().orcon.up();
      await gateInForce("the prototype's gate", ({ images }) => images[0] === image);
    },
    5 * MINUTES,
  );

  scenario("the prototype's gate, which looks once, is not started before every variable is there", async (ns) => {
    await ns.create(deployment(ns.name, 'consumer', { consumes: 'sse,db', relations: 'sse-endpoint,db-endpoint' }));
    await held(ns, 'consumer');
    await ns.create(provider('sse-endpoint', 'sse', 'sse.example'));
    await inPhase(ns, 'Deployment', 'consumer', 'Held', 'waiting for db');
    const [pod] = await held(ns, 'consumer');
    await ns.create(provider('db-endpoint', 'db', 'db.example'));
    const { name, uid } = await runningPod(ns, 'consumer');
    expect(uid).toBe(pod?.metadata?.uid);
    expect(await ns.logs(name, 'tengu-gate')).toMatch(/^have (DB,SSE|SSE,DB)\n$/);
    expect(ns.starts()).toMatchObject([{ values: { SSE: 'sse.example', DB: 'db.example' } }]);
  });
};
