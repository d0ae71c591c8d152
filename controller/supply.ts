import { type ConfigMapView, type Content, sameContent } from '../relations/configmap.ts';
import { describe, type Phase } from '../relations/phase.ts';
import { type Plan, plan } from '../relations/plan.ts';
import { permitOf, type StampRecord } from '../relations/record.ts';
import { type Lookup, type Resolution, resolve } from '../relations/resolve.ts';
import type { WorkloadView } from '../relations/workload.ts';
import type { Context } from './context.ts';
import { keyOf } from './key.ts';
import { timestamp } from './kube/clock.ts';
import type { StandBack } from './kube/queue.ts';
import { watchedServices } from './lookup.ts';
import type { PodView } from './pods.ts';
import { rollTo } from './roll.ts';
import type { WatchedWorkload } from './rollout.ts';

/**
 * One pass over a stamped workload: resolve and write the ConfigMap; then, when no other ConfigMap waits, release who waits and
 * roll what is owed when its turn has come. Writes nothing where nothing is to be changed.
 *
 * @param ungiven whether pods of it wait for a permit that nobody has given
 * @returns whether it stands in line for a turn, or uses one
 */
export async function supply(
  context: Context,
  workload: WatchedWorkload,
  record: StampRecord,
  ungiven: boolean,
  standBack: StandBack,
): Promise<boolean> {
  const { configMaps, notePhase, turns, unfinished } = context;
  const key = keyOf(workload);
  const before = configMaps.get(workload);
  const { resolution, decision, pods } = await decide(context, workload, record, before, ungiven);
  const { phase, roll } = decision;
  const inLine = roll !== undefined && !turns.enter(key);
  const content = roll === undefined ? decision.content : noted(decision.content, before, inLine, turns.limit);
  notePhase(key, phase);

  // A write whose answer is lost may have taken effect: the next pass, which finds nothing to write, does what was to follow.
  const earlier = unfinished.get(key);
  const from = earlier === undefined ? decision.from : earlier.from;
  const opened = opens(decision, record) || earlier?.opens === true;
  unfinished.set(key, { from, opens: opened });
  await configMaps.write(workload, content, before);
  unfinished.delete(key);
  if (from !== phase) reportPhase(context, workload, phase, describe(phase, resolution));
  const givenAnew = content.permits.length > 0 && (opened || before === undefined);
  const rollsNow = roll !== undefined && !inLine;
  const isDueAgain = (givenAnew || rollsNow) && (await standBack());
  if (givenAnew) await release(context, workload, pods);
  // What has changed since may ask for another roll: the pass that follows makes one of both, in the turn that is kept.
  if (rollsNow && !(isDueAgain && turns.postpone(key))) await rollTo(context, workload, record, roll);
  return roll !== undefined;
}

async function decide(
  { cluster, services, podLists, clock }: Context,
  workload: WorkloadView,
  record: StampRecord,
  before: ConfigMapView | undefined,
  ungiven: boolean,
) {
  const now = timestamp(clock);
  const think = (find: Lookup, waiting: readonly string[]): { resolution: Resolution; decision: Plan } => {
    const resolution = resolve(record, workload.namespace, find);
    return { resolution, decision: plan({ record, resolution, before, waiting, now }) };
  };
  let find = watchedServices(cluster, workload.namespace);
  let thought = think(find, []);
  const settled = before !== undefined && sameContent(before, thought.decision.content);
  // Whether a Service is missing or just its label is asked only when there is something new to say.
  if (!settled && !thought.resolution.complete) {
    find = await services.lookup(workload.namespace, record.relations);
    thought = think(find, []);
  }
  const given = thought.resolution.complete || before?.permits.includes(permitOf(record)) === true;
  // Pods of older templates can wait only where there was an older template: the first one has epoch 0 and its first seal.
  const mayWait = ungiven || (opens(thought.decision, record) && hasHistory(record));
  const pods = given && mayWait ? await podLists.of(workload) : undefined;
  if (pods !== undefined) thought = think(find, waitingPermits(pods, record));
  return { ...thought, pods };
}

/** Whether it gives a permit that pods may wait for: no pod bears that of a roll which has yet to come. */
const opens = ({ gives, roll }: Plan, { seal }: StampRecord): boolean =>
  gives.some((permit) => roll === undefined || permit !== permitOf({ epoch: roll, seal }));

const hasHistory = (record: StampRecord): boolean => record.epoch > 0 || record.seal !== record.salt;

/** The permits that waiting pods of this workload name; the salt tells them from those of an earlier one of the same name. */
const waitingPermits = (pods: readonly PodView[], record: StampRecord): readonly string[] =>
  pods.filter((pod) => pod.waits && pod.record.salt === record.salt).map(({ permit }) => permit);

/** The content with the note that its roll waits; one that is there stays until the roll has begun. */
function noted(content: Content, before: Content | undefined, inLine: boolean, limit: number): Content {
  if (content.status === undefined) return content;
  const message = `${content.status.message}; its roll-out waits for its turn (${limit} at a time)`;
  return inLine || before?.status?.message === message ? { ...content, status: { ...content.status, message } } : content;
}

async function release({ releases, noteRelease }: Context, workload: WorkloadView, pods?: readonly PodView[]): Promise<void> {
  if ((await releases.release(workload, pods)) > 0) noteRelease(keyOf(workload));
}

/** Says once, in the log and in an Event, where a workload stands now. */
export function reportPhase({ events, log }: Context, workload: WorkloadView, phase: Phase, message: string): void {
  log.info({ workload: keyOf(workload), phase, reason: message }, 'phase changed');
  events.emit(workload, phase, message);
}
