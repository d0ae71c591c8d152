import { createHash } from 'node:crypto';
import type { Logger } from '../process/logging.ts';
import { KINDS } from '../relations/kinds.ts';
import type { WorkloadView } from '../relations/workload.ts';
import { corePath, keyOf } from './key.ts';
import { ApiError, type ConnectionError, isApiTrouble } from './kube/api-error.ts';
import type { Client } from './kube/client.ts';
import { type Clock, timestamp } from './kube/clock.ts';

/** The reasons of orcon's Events; stable, for people to filter by. */
export type EventReason =
  | 'Held'
  | 'Related'
  | 'Broken'
  | 'Conflict'
  | 'Rolled'
  | 'RollRefused'
  | 'PodsWaitForOwner'
  | 'Frozen'
  | 'NotStamped'
  | 'Mended';

const WARNINGS: ReadonlySet<EventReason> = new Set(['Broken', 'Conflict', 'Frozen', 'NotStamped', 'RollRefused']);
/** What the API server takes of a message. */
const MESSAGE_LIMIT = 1000;
const COMPONENT = 'relations-controller';

/** Writes Events on workloads. One that cannot be written is logged: an Event informs, nothing depends on it. */
export class Events {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #instance: string;
  readonly #log: Logger;

  constructor(client: Client, clock: Clock, instance: string, log: Logger) {
    this.#client = client;
    this.#clock = clock;
    this.#instance = instance;
    this.#log = log;
  }

  /** The same Event again is counted on the one that is there. */
  async emit(workload: WorkloadView, reason: EventReason, message: string): Promise<void> {
    const { kind, namespace, name, uid } = workload;
    const text = message.length > MESSAGE_LIMIT ? `${message.slice(0, MESSAGE_LIMIT)}…` : message;
    const id = createHash('sha256')
      .update(JSON.stringify([uid, reason, text]))
      .digest('hex')
      .slice(0, 16);
    // Cut anywhere, a name may end in what no name may end in.
    const eventName = `${name.slice(0, 200).replace(/[^a-z0-9]+$/, '')}.${id}`;
    const now = timestamp(this.#clock).replace(/\.\d+Z$/, 'Z');
    const body = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: eventName, namespace },
      involvedObject: { apiVersion: KINDS[kind].apiVersion, kind, namespace, name, uid },
      reason,
      message: text,
      type: WARNINGS.has(reason) ? 'Warning' : 'Normal',
      source: { component: COMPONENT },
      reportingComponent: COMPONENT,
      reportingInstance: this.#instance,
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
    try {
      await this.#write(namespace, eventName, body, now);
    } catch (error) {
      if (!isApiTrouble(error)) throw error;
      const about = { workload: keyOf(workload), reason, error: error.message };
      // What happens in a namespace that is being deleted is nobody's news.
      if (isNamespaceGone(error)) this.#log.debug(about, 'an Event came too late');
      else this.#log.warn(about, 'could not write an Event');
    }
  }

  async #write(namespace: string, name: string, body: object, now: string): Promise<void> {
    try {
      await this.#client.request({ method: 'POST', path: corePath('events', namespace), body });
    } catch (error) {
      if (!(error instanceof ApiError && error.alreadyExists)) throw error;
      const path = corePath('events', namespace, name);
      const repeated = { lastTimestamp: now, count: this.#countNext(name) };
      await this.#client.request({ method: 'PATCH', path, body: repeated, contentType: 'application/merge-patch+json' });
    }
  }

  /** Events may not be read, so repeats are counted since this process started; the first that it meets is the second at least. */
  readonly #counts = new Map<string, number>();
  #countNext(name: string): number {
    const count = (this.#counts.get(name) ?? 1) + 1;
    this.#counts.delete(name);
    this.#counts.set(name, count);
    const oldest = this.#counts.keys().next().value;
    if (this.#counts.size > 10_000 && oldest !== undefined) this.#counts.delete(oldest);
    return count;
  }
}

/** 403 with the cause NamespaceTerminating while it is being deleted, 404 once it is gone. */
const isNamespaceGone = (error: ApiError | ConnectionError): boolean =>
  error instanceof ApiError && (error.notFound || (error.forbidden && error.message.includes('being terminated')));
