import { isObject } from '../relations/json.ts';
import { KINDS } from '../relations/kinds.ts';
import { permitOf, type StampRecord } from '../relations/record.ts';
import { rollPatch } from '../relations/roll.ts';
import type { Context } from './context.ts';
import { keyOf, workloadPath } from './key.ts';
import { ApiError } from './kube/api-error.ts';
import { isSameDemand, viewRollout, type WatchedWorkload } from './rollout.ts';

/** Takes up the turns of a leader before: those of roll-outs to a raised epoch that are under way and not held. */
export function resumeTurns({ cluster, configMaps, turns }: Context): void {
  for (const workload of cluster.workloads()) {
    const { kind, record, rollout } = workload;
    if (!KINDS[kind].rolled || rollout.settled || record === undefined || record.epoch === 0) continue;
    if (configMaps.get(workload)?.permits.includes(permitOf(record))) turns.begin(keyOf(workload), '', rollout);
  }
}

/**
 * Starts the roll that the epoch asks for, in the turn that the workload has. What comes in its way comes again: the epoch
 * stays ahead until it is done.
 *
 * @param decidedOn the workload that the pass began with; its status may have gone on since
 */
export async function rollTo(context: Context, decidedOn: WatchedWorkload, record: StampRecord, epoch: number): Promise<void> {
  const { client, cluster, events, log, lookAgain, releases, turns } = context;
  const workload = cluster.workload(decidedOn) ?? decidedOn;
  const { kind, resourceVersion, onDelete } = workload;
  const key = keyOf(workload);
  // The pass may have stood back for a while.
  if (cluster.namespaceState(workload.namespace) !== 'enabled' || turns.hasRolled(key, resourceVersion)) return;
  if (!isSameDemand(workload, decidedOn)) return lookAgain(key, 0);
  const request = {
    method: 'PATCH',
    path: workloadPath(workload),
    body: rollPatch(record, epoch, resourceVersion),
    contentType: 'application/strategic-merge-patch+json',
  } as const;
  const answer = await client.request(request).catch((error: unknown) => {
    if (isRefusal(error)) events.emit(workload, 'RollRefused', `its template could not be changed: ${error.message}`);
    throw error;
  });
  turns.begin(key, resourceVersion, isObject(answer) ? viewRollout(kind, answer) : workload.rollout);
  turns.follow(key, cluster.workload(workload)?.rollout);
  // Their kubelets may look before their view of the ConfigMap is new.
  releases.expect(workload);
  log.info({ workload: key, epoch }, 'rolled for changed values');
  const what = onDelete ? 'its template names the new ones' : 'its pods are replaced by ones that read the new values';
  events.emit(workload, 'Rolled', `values of its relations changed: ${what}`);
  if (onDelete) {
    const message = 'updateStrategy is OnDelete: its pods read the new values when they are deleted';
    events.emit(workload, 'PodsWaitForOwner', message);
  }
}

/** The API server, or an admission webhook of somebody's, does not take the patch; not a conflict, nor trouble that passes. */
const isRefusal = (error: unknown): error is ApiError => error instanceof ApiError && [400, 403, 422].includes(error.code);
