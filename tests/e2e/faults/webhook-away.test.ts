import { expect } from '@jest/globals';
import type { V1Deployment } from '@kubernetes/client-node';
import { RELATIONS, STAMP } from '../../../relations/vocabulary.ts';
import { nothingLeftToWrite } from '../harness/aftermath.ts';
import { inPhase, rolledOut, running, runningPod, settled, templatesOf } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { deployment, job, provider } from '../harness/manifests.ts';
import type { TestNamespace } from '../harness/namespace.ts';
import { scenario } from '../harness/scenario.ts';
import { underPolicy, withoutWebhook } from '../harness/webhook-pods.ts';

const SSE = { consumes: 'sse', relations: 'sse-endpoint' };
const STEADY = { consumes: 'sse', relations: 'steady-endpoint' };
const DB = { consumes: 'db', relations: 'db-endpoint' };

const startsOf = (ns: TestNamespace, app: string): readonly string[] =>
  ns
    .starts()
    .filter(({ pod }) => pod.startsWith(`${app}-`))
    .map(({ values }) => `${values.SSE}${values.DB}`);

const stampOf = async (ns: TestNamespace, name: string): Promise<string | undefined> =>
  (await ns.read<V1Deployment>('Deployment', name)).spec?.template.metadata?.annotations?.[STAMP];

/** Waits until a Deployment is stamped for these Services and has come through the roll that this, or a value, was due for. */
async function mended(ns: TestNamespace, name: string, ...services: readonly string[]): Promise<void> {
  await eventually(`${name} is stamped for ${services.join(' and ')}, and rolls`, async () => {
    const stamp = await stampOf(ns, name);
    if (stamp === undefined || String(JSON.parse(stamp).relations) !== String(services)) throw new Error(`its stamp is ${stamp}`);
    return (await templatesOf(ns, name)).length > 1 ? true : undefined;
  });
  await rolledOut(ns, 'Deployment', name);
}

scenario(
  'while no webhook runs, Fail refuses consumers alone and Ignore lets them through; afterwards what was owed is made up for',
  async (ns) => {
    await ns.create(provider('sse-endpoint', 'sse', 'first.example'));
    await ns.create(provider('steady-endpoint', 'sse', 'steady.example'));
    await ns.create(deployment(ns.name, 'rolling', SSE));
    await ns.create(deployment(ns.name, 'edited', STEADY));
    await runningPod(ns, 'rolling');
    await runningPod(ns, 'edited');

    await withoutWebhook(async () => {
      await expect(ns.create(deployment(ns.name, 'refused', STEADY))).rejects.toThrow('relations-mutating-webhook.tengu.io');
      await ns.create(deployment(ns.name, 'bystander', {}));
      // New pods of what is stamped are no business of the webhook's.
      await ns.kubectl('scale', 'deployment/rolling', '--replicas=2');
      await runningPod(ns, 'bystander');
      await running(ns, 'rolling', 2);
      await ns.merge('Service', 'sse-endpoint', { spec: { externalName: 'second.example' } });
      await eventually('the new value is written', async () =>
        (await ns.relations('Deployment', 'rolling'))?.data?.SSE === 'second.example' ? true : undefined,
      );
      expect(await templatesOf(ns, 'rolling')).toHaveLength(1);

      await underPolicy('Ignore', async () => {
        await eventually('the policy is in force', () => ns.create(deployment(ns.name, 'complete', STEADY)));
        await ns.create(deployment(ns.name, 'waiting', DB));
        await ns.create(job(ns.name, 'batch', STEADY));
        await ns.merge('Deployment', 'edited', { metadata: { annotations: { [RELATIONS]: 'db-endpoint,steady-endpoint' } } });
        await runningPod(ns, 'complete');
        await runningPod(ns, 'waiting');
        await inPhase(ns, 'Deployment', 'waiting', 'Held', 'not stamped yet, its pods run unheld; waiting for db');
        await inPhase(ns, 'Job', 'batch', 'Held', 'delete and re-create it');
        await eventually('an Event says that it is not stamped', async () =>
          (await ns.events('complete')).some(({ reason }) => reason === 'NotStamped') ? true : undefined,
        );
      });
    });

    await mended(ns, 'complete', 'steady-endpoint');
    await mended(ns, 'edited', 'db-endpoint', 'steady-endpoint');
    await mended(ns, 'rolling', 'sse-endpoint');
    expect(await stampOf(ns, 'waiting')).toBeUndefined();
    await ns.create(provider('db-endpoint', 'db', 'db.example'));
    await inPhase(ns, 'Deployment', 'waiting', 'Related');
    await mended(ns, 'waiting', 'db-endpoint');
    await settled(ns);
    for (const name of ['complete', 'edited', 'rolling', 'waiting']) expect(await templatesOf(ns, name)).toHaveLength(2);
    expect(['complete', 'waiting'].map((name) => startsOf(ns, name))).toEqual([
      ['', 'steady.example'],
      ['', 'db.example'],
    ]);
    expect(startsOf(ns, 'edited')).toEqual(['steady.example', 'steady.example']);
    expect(startsOf(ns, 'rolling')).toEqual(['first.example', 'first.example', 'second.example', 'second.example']);
    await nothingLeftToWrite(ns);
  },
);
