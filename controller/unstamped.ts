import { EMPTY, interfaceStatus } from '../relations/configmap.ts';
import { KINDS } from '../relations/kinds.ts';
import { isConsumer } from '../relations/lists.ts';
import { describe } from '../relations/phase.ts';
import { type Resolution, resolve } from '../relations/resolve.ts';
import type { Context } from './context.ts';
import { keyOf } from './key.ts';
import { timestamp } from './kube/clock.ts';
import { watchedServices } from './lookup.ts';
import { mend, NotStamped } from './mend.ts';
import type { WatchedWorkload } from './rollout.ts';

/**
 * A consumer that admission did not stamp: it is older than orcon, or slipped past. Its pods run as they are, and it is taken
 * through the webhook only once all that it consumes is there and its turn has come, so that the roll which follows goes
 * through. A stamp that nobody asks for any more is taken off at once.
 *
 * @param supplied whether it bears a stamp of its own that is only not whole: its pods are seen to by that
 * @returns whether it stands in line for a turn, or uses one
 */
export async function adopt(context: Context, workload: WatchedWorkload, supplied: boolean): Promise<boolean> {
  const { cluster, turns } = context;
  const { kind, namespace, name, lists } = workload;
  if (!KINDS[kind].restamped) {
    // A Job that has finished has no use for it any more.
    if (!workload.rollout.settled && !supplied)
      await reportUnheld(
        context,
        workload,
        `${kind} ${name} was created without orcon's webhook and its pod template is immutable: delete and re-create it`,
      );
    return false;
  }
  const rolls = isConsumer(lists) && !workload.stamped;
  if (rolls && !resolve(lists, namespace, watchedServices(cluster, namespace)).complete) {
    if (supplied) return false;
    const resolution = resolve(lists, namespace, await context.services.lookup(namespace, lists.relations));
    await reportUnheld(context, workload, `not stamped yet, its pods run unheld; ${describe('Held', resolution)}`, resolution);
    return false;
  }
  const takesTurn = rolls && KINDS[kind].rolled;
  if (takesTurn && !turns.enter(keyOf(workload))) return true;
  if (!turns.hasRolled(keyOf(workload), workload.resourceVersion)) await takeThrough(context, workload, takesTurn);
  return takesTurn;
}

async function takeThrough(context: Context, workload: WatchedWorkload, takesTurn: boolean): Promise<void> {
  const { client, cluster, events, log, turns } = context;
  const key = keyOf(workload);
  try {
    const { rollout } = await mend(client, workload);
    if (takesTurn) {
      turns.begin(key, workload.resourceVersion, rollout);
      turns.follow(key, cluster.workload(workload)?.rollout ?? rollout);
    }
  } catch (error) {
    if (error instanceof NotStamped) events.emit(workload, 'NotStamped', error.message);
    throw error;
  }
  log.info({ workload: key }, 'taken through the webhook');
  const why = isConsumer(workload.lists) ? 'stamped: all that it consumes is there' : 'stamp taken off: it consumes nothing';
  events.emit(workload, 'Mended', why);
}

/** Says in the ConfigMap's status, and once in an Event, why a workload bears no stamp. */
async function reportUnheld(
  context: Context,
  workload: WatchedWorkload,
  message: string,
  resolution?: Resolution,
): Promise<void> {
  const { configMaps, events, notePhase, log } = context;
  const key = keyOf(workload);
  const before = configMaps.get(workload);
  const interfaces = [...(resolution?.provisions ?? [])].map(
    ([each, provision]) => [each, interfaceStatus(provision, undefined)] as const,
  );
  const same = before?.status?.phase === 'Held';
  const since = same ? before.status.since : timestamp(context.clock);
  const status = { phase: 'Held', since, message, interfaces: Object.fromEntries(interfaces) } as const;
  notePhase(key, 'Held');
  await configMaps.write(workload, { ...(before ?? EMPTY), status }, before);
  if (same) return;
  log.info({ workload: key, phase: 'Held', reason: message }, 'phase changed');
  events.emit(workload, KINDS[workload.kind].restamped ? 'Held' : 'NotStamped', message);
}
