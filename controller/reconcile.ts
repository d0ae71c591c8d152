import type { ConfigMapView } from '../relations/configmap.ts';
import { isConsumer } from '../relations/lists.ts';
import { isRecordOf, type WorkloadView } from '../relations/workload.ts';
import { ForeignConfigMap, isOwner } from './config-maps.ts';
import type { Context } from './context.ts';
import { keyOf, partsOf, type WorkloadKey, type WorkloadName, workloadPath } from './key.ts';
import { ApiError } from './kube/api-error.ts';
import type { StandBack } from './kube/queue.ts';
import { tidy } from './leftover.ts';
import { readObject } from './read-object.ts';
import { type WatchedWorkload, watchWorkload } from './rollout.ts';
import { reportPhase, supply } from './supply.ts';
import { adopt } from './unstamped.ts';

/** A name that somebody else's ConfigMap has comes free without an event that reaches us. */
const FOREIGN_LOOK_MS = 30_000;

/** Brings one workload at a time to what its relations ask for, from the state of the cluster alone. */
export class Reconciler {
  readonly #context: Context;
  /** Namespaces that were opted in while this process worked: only the loss of that is news. */
  readonly #served = new Set<string>();
  /** Held workloads of namespaces that are not opted in any more, and that an Event says so. */
  readonly #frozen = new Set<WorkloadKey>();
  /** Workloads whose ConfigMap's name somebody else has, and that an Event says so. */
  readonly #foreign = new Set<WorkloadKey>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** One pass. What it throws is to be tried again later. */
  async reconcile(queued: string, standBack: StandBack): Promise<void> {
    const { turns, takeUngiven, noteUngiven } = this.#context;
    const name = partsOf(queued);
    const key = keyOf(name);
    const ungiven = takeUngiven(key);
    let workload: WatchedWorkload | undefined;
    try {
      workload = await this.#find(name);
      const wantsTurn = await this.#pass(name, workload, ungiven, standBack);
      this.#foreign.delete(key);
      if (!wantsTurn) turns.leave(key);
    } catch (error) {
      if (ungiven) noteUngiven(key);
      // Whose pass fails holds up nobody else.
      if (error instanceof ApiError && error.code === 409) turns.leave(key);
      else turns.fail(key);
      if (workload === undefined || !(error instanceof ForeignConfigMap)) throw error;
      this.#reportForeign(workload, error);
    }
  }

  /** A workload as it is watched; one that lacks the label is read for this one look. */
  async #find(name: WorkloadName): Promise<WatchedWorkload | undefined> {
    const { cluster, client, unlabelled } = this.#context;
    const key = keyOf(name);
    const watched = cluster.workload(name);
    if (watched !== undefined || cluster.namespaceState(name.namespace) !== 'enabled') unlabelled.delete(key);
    if (watched !== undefined || !unlabelled.has(key)) return watched;
    const object = await readObject(client, workloadPath(name));
    const found = object === undefined ? undefined : watchWorkload(name.kind, object);
    const isDone = found?.kind === 'Job' && found.rollout.settled;
    if (found === undefined || !isConsumer(found.lists) || isDone) unlabelled.delete(key);
    return found;
  }

  /** Gives whether the workload stands in line for a turn to roll, or uses one. */
  async #pass(
    name: WorkloadName,
    workload: WatchedWorkload | undefined,
    ungiven: boolean,
    standBack: StandBack,
  ): Promise<boolean> {
    const { cluster, configMaps, lookAgain, notePhase, releases, unfinished } = this.#context;
    const key = keyOf(name);
    if (cluster.namespaceState(name.namespace) !== 'enabled') {
      this.#freeze(key, name.namespace, workload);
      return false;
    }
    this.#served.add(name.namespace);
    this.#frozen.delete(key);
    if (workload === undefined || workload.deleting || !isConcerned(workload)) {
      unfinished.delete(key);
      await tidy(this.#context, name, workload?.deleting === false);
      return false;
    }
    if (workload.kind === 'Job' && workload.rollout.settled) {
      notePhase(key, undefined);
      return false;
    }
    const found = configMaps.get(workload);
    if (found !== undefined && isPredecessors(found, workload)) {
      // The new workload has another salt, so no pod of it started on these values.
      await configMaps.delete(workload, found);
      lookAgain(key, 0);
      return false;
    }
    const lost = found === undefined ? configMaps.lost(workload) : undefined;
    if (lost !== undefined && isOwner(lost, workload.uid)) {
      await configMaps.write(workload, lost, undefined);
      // Some may have begun while it was away.
      releases.expect(workload);
      lookAgain(key, 0);
      return false;
    }
    // A stamp that is only not whole, after an edit past the webhook, still says what its pods wait for.
    const { record } = workload;
    const supplied = record !== undefined && isRecordOf(record, workload);
    const rolls = supplied && (await supply(this.#context, workload, record, ungiven, standBack));
    return workload.stamped ? rolls : (await adopt(this.#context, workload, supplied)) || rolls;
  }

  #freeze(key: WorkloadKey, namespace: string, workload: WorkloadView | undefined): void {
    const { cluster, configMaps, events, log, notePhase } = this.#context;
    notePhase(key, undefined);
    if (workload === undefined) {
      this.#frozen.delete(key);
      return;
    }
    // A namespace that is being deleted takes no Event, and needs none.
    if (cluster.namespaceState(namespace) === 'terminating') this.#served.delete(namespace);
    if (!this.#served.has(namespace) || this.#frozen.has(key)) return;
    if (configMaps.get(workload)?.status?.phase !== 'Held') return;
    this.#frozen.add(key);
    const message = `namespace ${namespace} is not opted in any more: held pods stay held; label it tengu-injector=enabled, or remove the annotations first`;
    log.info({ workload: key, phase: 'Held', reason: message }, 'frozen');
    events.emit(workload, 'Frozen', message);
  }

  #reportForeign(workload: WorkloadView, error: ForeignConfigMap): void {
    const { lookAgain, notePhase } = this.#context;
    const key = keyOf(workload);
    notePhase(key, 'Conflict');
    lookAgain(key, FOREIGN_LOOK_MS);
    if (this.#foreign.has(key)) return;
    this.#foreign.add(key);
    reportPhase(this.#context, workload, 'Conflict', error.message);
  }
}

/** Whether a workload consumes something, or bears a stamp that is to be taken off. */
function isConcerned({ kind, name, lists, record }: WorkloadView): boolean {
  if (kind !== 'Job') return isConsumer(lists) || record !== undefined;
  // A Job of a CronJob goes with what the CronJob's template was stamped for.
  return record?.kind !== 'CronJob' && (isConsumer(lists) || (record?.kind === kind && record.name === name));
}

/** Whether a ConfigMap is that of an earlier workload of the same name. */
const isPredecessors = (view: ConfigMapView, workload: WorkloadView): boolean =>
  !isOwner(view, workload.uid) && view.owners.some(({ kind, name }) => kind === workload.kind && name === workload.name);
