import { ApiError, type Call, ConnectionError } from './api-error.ts';
import type { Client } from './client.ts';
import type { Clock } from './clock.ts';
import { isKubeObject, type KubeObject } from './kube-object.ts';
import { formatLease, isSameRecord, type LeaseRecord, type LeaseTarget, leasePath, recordOf } from './lease.ts';

/** A Lease as this process last saw it. */
export interface Observed {
  readonly object: KubeObject;
  readonly record: LeaseRecord;
  /** When it was first seen to say this, monotonic milliseconds. Its expiry counts from here. */
  readonly since: number;
}

/** Reads and writes one Lease and remembers what was seen of it. Every write replaces exactly what was seen, or fails with 409. */
export class LeaseStore {
  readonly #client: Client;
  readonly #target: LeaseTarget;
  readonly #clock: Clock;
  #observed: Observed | undefined;

  constructor(client: Client, target: LeaseTarget, clock: Clock) {
    this.#client = client;
    this.#target = target;
    this.#clock = clock;
  }

  /** Undefined when there is no Lease, as far as was seen. */
  get observed(): Observed | undefined {
    return this.#observed;
  }

  /** @throws ApiError but for 404, ConnectionError */
  async read(timeoutSeconds: number): Promise<Observed | undefined> {
    const path = leasePath(this.#target.namespace, this.#target.name);
    try {
      this.#note({ verb: 'get', path }, await this.#client.request({ method: 'GET', path, timeoutSeconds, urgent: true }));
    } catch (error) {
      if (!(error instanceof ApiError && error.notFound)) throw error;
      this.#observed = undefined;
    }
    return this.#observed;
  }

  /**
   * Writes over the Lease that was seen; creates it when none was.
   * @throws ApiError with 409 when somebody else wrote or created it since, with 404 when it was deleted; ConnectionError
   */
  async write(record: LeaseRecord, timeoutSeconds: number): Promise<void> {
    const { namespace, name } = this.#target;
    const seen = this.#observed?.object;
    const path = leasePath(namespace, seen === undefined ? undefined : name);
    const body = formatLease(this.#target, record, seen);
    const method = seen === undefined ? 'POST' : 'PUT';
    const answer = await this.#client.request({ method, path, body, timeoutSeconds, urgent: true });
    this.#note({ verb: seen === undefined ? 'create' : 'update', path }, answer);
  }

  #note(call: Call, answer: unknown): void {
    if (!isKubeObject(answer)) throw new ConnectionError(call, 'malformed', 'the answer is no Lease');
    const record = recordOf(answer);
    const known = this.#observed;
    // That somebody labelled the Lease is no sign of life.
    const since = known !== undefined && isSameRecord(known.record, record) ? known.since : this.#clock.now();
    this.#observed = { object: answer, record, since };
  }
}
