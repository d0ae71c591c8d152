import type { WorkloadView } from '../relations/workload.ts';
import { keyOf, type WorkloadKey } from './key.ts';

/** Which workloads are related to a Service, so that an event of a Service costs what it concerns and no more. */
export class ServiceIndex {
  readonly #consumers = new Map<string, Set<WorkloadKey>>();

  /** Notes that a workload's view is now another one, or that it is gone. */
  update(before: WorkloadView | undefined, now: WorkloadView | undefined): void {
    if (before !== undefined) for (const service of servicesOf(before)) this.#consumers.get(service)?.delete(keyOf(before));
    if (now !== undefined) for (const service of servicesOf(now)) this.#add(service, keyOf(now));
    if (before !== undefined)
      for (const service of servicesOf(before)) if (this.#consumers.get(service)?.size === 0) this.#consumers.delete(service);
  }

  /** The workloads related to the Service `namespace/name`. */
  consumersOf(service: string): Iterable<WorkloadKey> {
    return this.#consumers.get(service) ?? [];
  }

  #add(service: string, key: WorkloadKey): void {
    const keys = this.#consumers.get(service);
    if (keys === undefined) this.#consumers.set(service, new Set([key]));
    else keys.add(key);
  }
}

/** The Services that its template was stamped for, and those that its annotations name now. */
function servicesOf({ namespace, lists, record }: WorkloadView): Set<string> {
  return new Set([...lists.relations, ...(record?.relations ?? [])].map((name) => `${namespace}/${name}`));
}
