import { expect, test } from '@jest/globals';
import type { V1Namespace, V1Pod } from '@kubernetes/client-node';
import { get } from '../harness/api.ts';
import { held, inPhase, runningPod } from '../harness/conditions.ts';
import { leader, logOf, metric } from '../harness/controllers.ts';
import { eventually } from '../harness/eventually.ts';
import { cronJob, deployment, job, provider, statefulSet } from '../harness/manifests.ts';
import { TestNamespace } from '../harness/namespace.ts';
import { tellingWhatIsSeen } from '../harness/scenario.ts';

const MINUTES = 60_000;
const ONE = { consumes: 'sse', relations: 'sse-endpoint' };

test(
  'a namespace that is deleted while its workloads are held goes away, and nothing of it is left in the controller',
  async () => {
    const controller = await leader();
    const heldBefore = await metric(controller, 'workloads', 'phase="Held"');
    const ns = await TestNamespace.make();
    await tellingWhatIsSeen(ns, async () => {
      await ns.create(deployment(ns.name, 'consumer', { ...ONE, replicas: 3 }));
      await ns.create(statefulSet(ns.name, 'ordered', { ...ONE, replicas: 2 }));
      await ns.create(job(ns.name, 'batch', ONE));
      await ns.create(cronJob(ns.name, 'nightly', ONE));
      await held(ns, 'consumer', 3);
      await held(ns, 'ordered');
      await held(ns, 'batch');
      await inPhase(ns, 'CronJob', 'nightly', 'Held');
      await ns.delete();
      await eventually('the namespace is gone', async () =>
        (await get<V1Namespace>(`/api/v1/namespaces/${ns.name}`)) === undefined ? true : undefined,
      );
    });
    await eventually('the controller knows of none of them any more', async () =>
      (await metric(controller, 'workloads', 'phase="Held"')) <= heldBefore ? true : undefined,
    );
    const failures = await failedPasses(controller, ns.name);

    const successor = await TestNamespace.make({ name: ns.name });
    await tellingWhatIsSeen(successor, async () => {
      await successor.create(deployment(ns.name, 'consumer', ONE));
      await held(successor, 'consumer');
      await successor.create(provider('sse-endpoint', 'sse', 'sse.example'));
      await runningPod(successor, 'consumer');
      expect(successor.starts().map(({ values }) => values.SSE)).toEqual(['sse.example']);
    });
    await successor.delete();
    // Whoever tried to write into the old one would still be trying.
    expect(await failedPasses(controller, ns.name)).toEqual(failures);
  },
  4 * MINUTES,
);

/** What the controller's log says of passes that failed in a namespace. */
const failedPasses = async (controller: V1Pod, namespace: string): Promise<readonly string[]> =>
  (await logOf(controller)).filter((line) => line.includes('a pass failed') && line.includes(`/${namespace}/`));
