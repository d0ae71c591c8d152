import { createHash } from 'node:crypto';
import type { Logger } from '../process/logging.ts';
import { KINDS } from '../relations/kinds.ts';
import type { WorkloadView } from '../relations/workload.ts';
import { NotLeading } from './fence.ts';
import { corePath, keyOf, type WorkloadKey } from './key.ts';
import { ApiError, type ConnectionError, isApiTrouble } from './kube/api-error.ts';
import type { Client } from './kube/client.ts';
import { type Clock, pause, timestamp } from './kube/clock.ts';
import type { GivingWay } from './kube/giving-way.ts';

/** The reasons of orcon's Events, and what type each has; stable, for people to filter by, and documented. */
export const EVENT_TYPES = {
  Held: 'Normal',
  Related: 'Normal',
  Broken: 'Warning',
  Conflict: 'Warning',
  Rolled: 'Normal',
  RollRefused: 'Warning',
  PodsWaitForOwner: 'Normal',
  Frozen: 'Warning',
  NotStamped: 'Warning',
  Mended: 'Normal',
} as const;

export type EventReason = keyof typeof EVENT_TYPES;

/** What the API server takes of a message. */
const MESSAGE_LIMIT = 1000;
const COMPONENT = 'relations-controller';
/** Events that wait to be written; of more the oldest are dropped. */
const OUTBOX_LIMIT = 10_000;
/**
 * How often one is sent, and after what time again where the API server was not reached, milliseconds (client-go:
 * tools/record/event.go).
 */
const SENDINGS = 12;
const UNREACHED_WAIT_MS = 10_000;
/** Asked to come again later (429) it does so after this time at most, milliseconds. */
const LONGEST_WAIT_MS = 30_000;

export interface EventsOptions {
  readonly client: Client;
  /** The pod's name, which Events bear. */
  readonly instance: string;
  /** Lets an Event wait for what is more urgent. */
  readonly givingWay: GivingWay;
  /** Called for what is no trouble of the API server's. */
  readonly onDefect: (error: unknown) => void;
  readonly log: Logger;
  readonly clock: Clock;
}

/** An Event that is yet to be written. */
interface Letter {
  readonly key: WorkloadKey;
  readonly namespace: string;
  readonly name: string;
  readonly reason: EventReason;
  readonly body: object;
  /** When it happened (RFC 3339). */
  readonly at: string;
  /** How often it was sent. */
  sendings: number;
  /** What it counts up to, where the Event is there already. */
  count?: number;
}

/**
 * Writes Events on workloads: in the background, one after the other, so that no ConfigMap waits for one and a thousand of them
 * are no burst. One that comes at a bad moment is sent again; one that cannot be written is logged: an Event informs, nothing
 * depends on it.
 */
export class Events {
  readonly #options: EventsOptions;
  readonly #outbox = new Set<Letter>();
  readonly #flushing = new AbortController();
  readonly #stopping = new AbortController();
  #writing: Promise<void> | undefined;

  constructor(options: EventsOptions) {
    this.#options = options;
  }

  /** The same Event again is counted on the one that is there. */
  emit(workload: WorkloadView, reason: EventReason, message: string): void {
    const { kind, namespace, name, uid } = workload;
    const text = message.length > MESSAGE_LIMIT ? `${message.slice(0, MESSAGE_LIMIT)}…` : message;
    const id = createHash('sha256')
      .update(JSON.stringify([uid, reason, text]))
      .digest('hex')
      .slice(0, 16);
    // Cut anywhere, a name may end in what no name may end in.
    const eventName = `${name.slice(0, 200).replace(/[^a-z0-9]+$/, '')}.${id}`;
    const at = timestamp(this.#options.clock).replace(/\.\d+Z$/, 'Z');
    const body = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: eventName, namespace },
      involvedObject: { apiVersion: KINDS[kind].apiVersion, kind, namespace, name, uid },
      reason,
      message: text,
      type: EVENT_TYPES[reason],
      source: { component: COMPONENT },
      reportingComponent: COMPONENT,
      reportingInstance: this.#options.instance,
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    };
    this.#post({ key: keyOf(workload), namespace, name: eventName, reason, body, at, sendings: 0 });
  }

  /** Sends all that wait, each once more. */
  async flush(): Promise<void> {
    this.#flushing.abort();
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Writes no more. */
  stop(): void {
    this.#flushing.abort();
    this.#stopping.abort();
    this.#outbox.clear();
  }

  #post(letter: Letter): void {
    if (this.#stopping.signal.aborted) return;
    this.#outbox.add(letter);
    const oldest = this.#outbox.values().next().value;
    if (this.#outbox.size > OUTBOX_LIMIT && oldest !== undefined) {
      this.#outbox.delete(oldest);
      this.#options.log.warn({ workload: oldest.key, reason: oldest.reason }, 'too many Events at once: one is not written');
    }
    if (this.#writing === undefined) this.#begin();
  }

  #begin(): void {
    this.#writing = this.#writeAll()
      .catch(this.#options.onDefect)
      .finally(() => {
        this.#writing = undefined;
        if (this.#outbox.size > 0) this.#begin();
      });
  }

  async #writeAll(): Promise<void> {
    for (const letter of this.#outbox) {
      this.#outbox.delete(letter);
      letter.sendings += 1;
      const waitMs = await this.#send(letter, letter.sendings === SENDINGS || this.#flushing.signal.aborted);
      if (waitMs === undefined || this.#stopping.signal.aborted) continue;
      // Behind the others: it may be this one alone that is not taken.
      this.#outbox.add(letter);
      await pause(this.#options.clock, waitMs, this.#flushing.signal);
    }
  }

  /** Gives after how many milliseconds it is to be sent again, never after the last time. */
  async #send(letter: Letter, isLast: boolean): Promise<number | undefined> {
    try {
      await this.#options.givingWay.whenQuiet(() => this.#write(letter));
      return undefined;
    } catch (error) {
      // Whoever leads now tells of what it does itself.
      if (error instanceof NotLeading) return undefined;
      if (!isApiTrouble(error)) throw error;
      const waitMs = isLast ? undefined : waitAfter(error);
      const about = { workload: letter.key, reason: letter.reason, error: error.message };
      // What happens in a namespace that is being deleted is nobody's news.
      if (isNamespaceGone(error)) this.#options.log.debug(about, 'an Event came too late');
      else if (waitMs === undefined) this.#options.log.warn(about, 'could not write an Event');
      return waitMs;
    }
  }

  async #write(letter: Letter): Promise<void> {
    const { namespace, name, body, at } = letter;
    const { client } = this.#options;
    try {
      await client.request({ method: 'POST', path: corePath('events', namespace), body });
    } catch (error) {
      if (!(error instanceof ApiError && error.alreadyExists)) throw error;
      const path = corePath('events', namespace, name);
      letter.count ??= this.#countNext(name);
      const repeated = { lastTimestamp: at, count: letter.count };
      await client.request({ method: 'PATCH', path, body: repeated, contentType: 'application/merge-patch+json' });
    }
  }

  /** Events may not be read, so repeats are counted since this process started; the first that it meets is the second at least. */
  readonly #counts = new Map<string, number>();
  #countNext(name: string): number {
    const count = (this.#counts.get(name) ?? 1) + 1;
    this.#counts.delete(name);
    this.#counts.set(name, count);
    const oldest = this.#counts.keys().next().value;
    if (this.#counts.size > COUNTS_LIMIT && oldest !== undefined) this.#counts.delete(oldest);
    return count;
  }
}

const COUNTS_LIMIT = 2_000;

/** After how many milliseconds the same request may be taken; undefined where it will not be. */
function waitAfter(error: ApiError | ConnectionError): number | undefined {
  if (!(error instanceof ApiError)) return UNREACHED_WAIT_MS;
  const { retryAfterSeconds } = error;
  return retryAfterSeconds === undefined ? undefined : Math.min(retryAfterSeconds * 1000, LONGEST_WAIT_MS);
}

/** 403 with the cause NamespaceTerminating while it is being deleted, 404 once it is gone. */
const isNamespaceGone = (error: ApiError | ConnectionError): boolean =>
  error instanceof ApiError && (error.notFound || (error.forbidden && error.message.includes('being terminated')));
