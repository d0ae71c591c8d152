/** What has to be so whatever went wrong before. */
import { expect } from '@jest/globals';
import type { CoreV1Event, V1ConfigMap, V1ObjectMeta, V1Pod } from '@kubernetes/client-node';
import { PHASE, RELEASED } from '../../../relations/vocabulary.ts';
import { told } from './conditions.ts';
import { replaceLeader } from './controllers.ts';
import type { Collection, TestNamespace } from './namespace.ts';

const WORKLOADS: readonly Collection[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'];
const COMPONENT = 'relations-controller';

/** Nobody was told the same twice; where phases go back and forth, the same may be news again, and this is not for that. */
export async function nobodyToldTwice(ns: TestNamespace): Promise<void> {
  await told(ns);
  const repeated = (await eventsOfOrcon(ns)).filter(({ count }) => count !== 1);
  expect(repeated.map(({ involvedObject, reason, count }) => `${involvedObject.name} ${reason} ${count}`)).toEqual([]);
}

/** A controller that takes over finds nothing to write. */
export async function nothingLeftToWrite(ns: TestNamespace): Promise<void> {
  await told(ns);
  const before = await writtenIn(ns);
  await replaceLeader(ns);
  // What is new is the barrier by which its passes were waited for.
  const after = await writtenIn(ns);
  expect(after.filter((line) => !line.includes(' barrier-') || before.includes(line))).toEqual(before);
}

/** All that the controller writes in a namespace, a line each. */
async function writtenIn(ns: TestNamespace): Promise<readonly string[]> {
  const maps = await ns.list<V1ConfigMap>('ConfigMap', { labelSelector: PHASE });
  const workloads = await Promise.all(WORKLOADS.map((kind) => ns.list<{ metadata?: V1ObjectMeta }>(kind)));
  const pods = await ns.list<V1Pod>('Pod');
  const events = await eventsOfOrcon(ns);
  return [
    ...maps.map(({ metadata }) => `${metadata?.name?.replace(/^relations-[a-z]+-/, 'ConfigMap ')} ${metadata?.resourceVersion}`),
    ...workloads.flat().map(({ metadata }) => `workload ${metadata?.name} ${metadata?.generation}`),
    ...pods.map(({ metadata }) => `pod ${metadata?.name} ${metadata?.annotations?.[RELEASED]}`),
    ...events.map(({ involvedObject, reason, count, message }) => `Event ${involvedObject.name} ${reason} ${count} ${message}`),
  ].sort();
}

const eventsOfOrcon = async (ns: TestNamespace): Promise<readonly CoreV1Event[]> =>
  (await ns.list<CoreV1Event>('Event')).filter(({ source }) => source?.component === COMPONENT);
