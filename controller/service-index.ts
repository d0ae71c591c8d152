import type { WorkloadView } from '../relations/workload.ts';
import { keyOf, type WorkloadKey } from './key.ts';

/** Which workloads are related to a Service, so that an event of a Service costs what it concerns and no more. */
export class ServiceIndex {
  readonly #consumers = new Map<string, Set<WorkloadKey>>();

  /** Notes that a workload's view is now another one, or that it is gone. */
  update(before: WorkloadView | undefined, now: WorkloadView | undefined): void {
    const view = now ?? before;
    if (view === undefined) return;
    const key = keyOf(view);
    const [left, wanted] = [servicesOf(before), servicesOf(now)];
    for (const service of left) if (!wanted.has(service)) this.#remove(service, key);
    for (const service of wanted) if (!left.has(service)) this.#add(service, key);
  }

  /** The workloads related to the Service `namespace/name`. */
  consumersOf(service: string): Iterable<WorkloadKey> {
    return this.#consumers.get(service) ?? [];
  }

  #remove(service: string, key: WorkloadKey): void {
    const keys = this.#consumers.get(service);
    keys?.delete(key);
    if (keys?.size === 0) this.#consumers.delete(service);
  }

  #add(service: string, key: WorkloadKey): void {
    const keys = this.#consumers.get(service);
    if (keys === undefined) this.#consumers.set(service, new Set([key]));
    else keys.add(key);
  }
}

/** The Services that its template was stamped for, and those that its annotations name now. */
function servicesOf(view: WorkloadView | undefined): ReadonlySet<string> {
  if (view === undefined) return new Set();
  const { namespace, lists, record } = view;
  return new Set([...lists.relations, ...(record?.relations ?? [])].map((name) => `${namespace}/${name}`));
}
