import { setTimeout as pause } from 'node:timers/promises';
import type { ObjectStore } from '../../fake-api/object-store.ts';
import { namespaceOf, PAIRS, service, serviceName } from './population.ts';

const MERGE = 'application/merge-patch+json';
const TICK_MS = 5;

/**
 * What goes on in a simulated cluster. Three things take turns, each about one of the Services that have one consumer, or
 * about that consumer: a value changes (ConfigMap and roll), the Service comes back or goes (ConfigMap and Event), and the
 * status of the Deployment is written (nothing).
 */
export class Happenings {
  readonly #store: ObjectStore;
  #happened = 0;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Makes a Service say a value; makes the Service where there is none. */
  set(index: number, value: string): Record<string, never> {
    const place = { collection: 'services', namespace: namespaceOf(index), name: serviceName(index) };
    if (this.#has(index)) this.#store.patch(place, MERGE, { metadata: { annotations: { 'tengu.io/data.value': value } } });
    else this.#store.create('services', namespaceOf(index), { ...service(index, value) });
    return {};
  }

  /** Lets so many things happen, at an even pace. */
  async happen(events: number, perSecond: number): Promise<Record<string, never>> {
    const start = performance.now();
    for (let done = 0; done < events; await pause(TICK_MS)) {
      const due = Math.min(events, Math.ceil(((performance.now() - start) / 1000) * perSecond));
      for (; done < due; done++) this.#next();
    }
    return {};
  }

  #next(): void {
    const round = Math.floor(this.#happened / 3);
    const index = round % PAIRS;
    if (this.#happened % 3 === 0) this.#touchStatus(index);
    else if (this.#happened % 3 === 1) this.set(index, `value ${round}`);
    else this.#comeOrGo((round + PAIRS / 2) % PAIRS);
    this.#happened += 1;
  }

  #comeOrGo(index: number): void {
    const place = { collection: 'services', namespace: namespaceOf(index), name: serviceName(index) };
    if (this.#has(index)) this.#store.delete(place, {});
    else this.set(index, 'first');
  }

  #touchStatus(index: number): void {
    const place = { collection: 'deployments.apps', namespace: namespaceOf(index), name: `consumer-${index}` };
    this.#store.patch(place, MERGE, { status: { readyReplicas: this.#happened } });
  }

  #has(index: number): boolean {
    return this.#store.has({ collection: 'services', namespace: namespaceOf(index), name: serviceName(index) });
  }
}
