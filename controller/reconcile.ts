import type { ConfigMapView } from '../relations/configmap.ts';
import { isConsumer } from '../relations/lists.ts';
import type { WorkloadView } from '../relations/workload.ts';
import type { Context } from './context.ts';
import { keyOf, partsOf, type WorkloadKey } from './key.ts';
import { tidy } from './leftover.ts';
import { isPredecessors, supply } from './supply.ts';
import { adopt } from './unstamped.ts';

/** Brings one workload at a time to what its relations ask for, from the state of the cluster alone. */
export class Reconciler {
  readonly #context: Context;
  /** What ConfigMaps said that somebody deleted, until they are written again. */
  readonly #lost = new Map<WorkloadKey, ConfigMapView>();
  /** Held workloads of namespaces that are not opted in any more, and that an Event says so. */
  readonly #frozen = new Set<WorkloadKey>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Notes that a ConfigMap went away: it is written again as it was last seen. */
  noteLost(key: WorkloadKey, last: ConfigMapView): void {
    this.#lost.set(key, last);
  }

  /** One pass. What it throws is to be tried again later. */
  async reconcile(queued: string): Promise<void> {
    const { cluster, configMaps, notePhase } = this.#context;
    const name = partsOf(queued);
    const key = keyOf(name);
    const workload = cluster.workload(name);
    const lost = this.#lost.get(key);
    this.#lost.delete(key);
    if (!cluster.isOptedIn(name.namespace)) return this.#freeze(key, workload);
    this.#frozen.delete(key);
    if (workload === undefined || workload.deleting) return tidy(this.#context, name, workload !== undefined);

    const consumes = isConsumer(workload.lists) || workload.record?.name === workload.name;
    if (!consumes) return tidy(this.#context, name, true);
    const found = configMaps.get(workload);
    if (found !== undefined && isPredecessors(found, workload)) {
      // Its deletion brings the key up again. The new workload has another salt, so no pod of it started on these values.
      await configMaps.delete(workload, found);
      notePhase(key, undefined);
      return this.#context.lookAgain(key, 0);
    }
    if (found === undefined && lost !== undefined && lost.owners.some(({ uid }) => uid === workload.uid)) {
      await configMaps.write(workload, lost);
      return this.#context.lookAgain(key, 0);
    }
    if (!workload.stamped || workload.record === undefined) return adopt(this.#context, workload);
    return supply(this.#context, workload, workload.record);
  }

  async #freeze(key: WorkloadKey, workload: WorkloadView | undefined): Promise<void> {
    const { configMaps, events, notePhase } = this.#context;
    notePhase(key, undefined);
    if (workload === undefined || this.#frozen.has(keyOf(workload))) return;
    if (configMaps.get(workload)?.status?.phase !== 'Held') return;
    this.#frozen.add(key);
    await events.emit(
      workload,
      'Frozen',
      `namespace ${workload.namespace} is not opted in any more: held pods stay held; label it tengu-injector=enabled, or remove the annotations first`,
    );
  }
}
