import { ApiError, ConnectionError, isApiTrouble } from './api-error.ts';
import type { Client } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import {
  formatLease,
  isSameRecord,
  type LeaseRecord,
  type LeaseTarget,
  leasePath,
  microTime,
  readLease,
  recordOf,
} from './lease.ts';
import { Reflector } from './reflector.ts';
import { Wakeable } from './wakeable.ts';

/** A time as leader. */
export interface Term {
  /** When the Lease was taken, monotonic milliseconds: what a former leader wrote, it wrote before. */
  readonly since: number;
  /** Aborted when the term ends, whatever ends it. */
  readonly signal: AbortSignal;
}

export interface ElectorOptions extends LeaseTarget {
  readonly client: Client;
  /** Who we are, different for each process that runs at the same time: the pod's name. */
  readonly identity: string;
  readonly onAcquire: (term: Term) => void;
  readonly onLose: (why: Loss) => void;
  /** Attempts that failed for want of an answer or a permission; the elector goes on. */
  readonly onTrouble?: (error: ApiError | ConnectionError) => void;
  /** Others take over when nothing was heard for so long, milliseconds; 15 000 when not given. */
  readonly leaseDurationMs?: number;
  /** A leader that could not renew for so long stops, milliseconds; 10 000 when not given. */
  readonly renewDeadlineMs?: number;
  /** Between two attempts, milliseconds; 2 000 when not given. */
  readonly retryPeriodMs?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** Why a term ended: not renewed in time, somebody else has the Lease, `stop` was called. */
export type Loss = 'expired' | 'taken' | 'stopped';

interface CurrentTerm {
  readonly ended: AbortController;
  /** When the last renewal that succeeded was sent, monotonic milliseconds: the others count from then or later. */
  renewedAt: number;
}

/** Candidates wait up to so much longer than the retry period, so that they do not write at the same time (leaderelection.go, `JitterFactor`). */
const jitterFactor = 1.2;

/**
 * Sees to it that of several processes one is leader, by a Lease. Semantics of client-go: tools/leaderelection/leaderelection.go.
 * Whether the Lease has expired is judged by how long this process has not seen it change, never by comparing the time in it
 * with the local clock, so clocks may differ. A candidate also watches the Lease and takes it at once when it is given back.
 *
 * A Lease fences nothing: a write that was sent before the term ended may arrive after another has begun. So ask `holds` right
 * before each write and send the resourceVersion along.
 */
export class Elector {
  readonly #options: Required<Pick<ElectorOptions, 'leaseDurationMs' | 'renewDeadlineMs' | 'retryPeriodMs'>> & ElectorOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #pause: Wakeable;
  #observed: { readonly record: LeaseRecord; readonly at: number } | undefined;
  #term: CurrentTerm | undefined;
  #run: Promise<void> | undefined;
  #stopped = false;

  constructor(options: ElectorOptions) {
    this.#options = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000, ...options };
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#pause = new Wakeable(this.#clock);
  }

  /** Begins to try for the Lease. */
  start(): void {
    this.#run ??= this.#loop();
  }

  /**
   * True while we are leader. Looks at the monotonic clock, not at what a timer has done: after a pause (SIGSTOP, a frozen
   * machine) the first call already answers false. Ends before others may begin: at the renew deadline, counted from when the
   * last successful renewal was sent.
   */
  holds(): boolean {
    return this.#term !== undefined && this.#clock.now() - this.#term.renewedAt < this.#options.renewDeadlineMs;
  }

  /** The identity that was last seen in the Lease, ours perhaps; empty when nobody's was seen. */
  get holder(): string {
    return this.#observed?.record.holder ?? '';
  }

  /**
   * Ends the term and gives the Lease back, so that another takes over at once. Call it when the work is over: whoever takes
   * over does not wait (leaderelection.go, `ReleaseOnCancel`). Resolves when the Lease is given back or that has failed.
   */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#pause.wake();
    await this.#run;
  }

  async #loop(): Promise<void> {
    const { client, namespace, name, clock, random } = this.#options;
    const watch = new Reflector({
      client,
      path: leasePath(namespace),
      // RBAC lets a rule with resourceNames through for a list and a watch of this one name (authorization: "Referring to resources").
      fieldSelector: `metadata.name=${name}`,
      project: recordOf,
      onChange: ({ now }) => {
        if (this.#term === undefined && (now === undefined || now.holder === '')) this.#pause.wake();
      },
      clock,
      random,
    });
    while (!this.#stopped) {
      this.#pause.forget();
      await this.#attempt();
      await this.#pause.wait(this.#delayMs());
    }
    await watch.stop();
    await this.#release();
  }

  #delayMs(): number {
    const { retryPeriodMs } = this.#options;
    if (this.#term === undefined) return retryPeriodMs * (1 + this.#random() * jitterFactor);
    return Math.min(retryPeriodMs, this.#timeLeftMs(this.#term));
  }

  #timeLeftMs(term: CurrentTerm): number {
    return Math.max(0, term.renewedAt + this.#options.renewDeadlineMs - this.#clock.now());
  }

  async #attempt(): Promise<void> {
    if (this.#term !== undefined && !this.holds()) this.#lose('expired');
    try {
      await (this.#term === undefined ? this.#acquire() : this.#renew(this.#term));
    } catch (error) {
      if (!isApiTrouble(error)) throw error;
      this.#options.onTrouble?.(error);
    }
    if (this.#term !== undefined && !this.holds()) this.#lose('expired');
  }

  async #acquire(): Promise<void> {
    const lease = await this.#read();
    if (lease !== undefined && this.#belongsToAnother(lease)) return;
    const sentAt = this.#clock.now();
    const time = microTime(this.#clock.wallTime());
    const changesHands = lease !== undefined && lease.holder !== this.#options.identity;
    const transitions = (lease?.transitions ?? 0) + (changesHands ? 1 : 0);
    try {
      await this.#write({ holder: this.#options.identity, acquireTime: time, renewTime: time, transitions }, lease, sentAt);
    } catch (error) {
      // Another candidate was faster.
      if (error instanceof ApiError && error.code === 409) return;
      throw error;
    }
    const since = this.#clock.now();
    if (since - sentAt >= this.#options.renewDeadlineMs) return;
    const ended = new AbortController();
    this.#term = { ended, renewedAt: sentAt };
    this.#options.onAcquire({ since, signal: ended.signal });
  }

  async #renew(term: CurrentTerm): Promise<void> {
    const lease = this.#observed?.record;
    const sentAt = this.#clock.now();
    const { identity } = this.#options;
    const time = microTime(this.#clock.wallTime());
    const record = {
      holder: identity,
      acquireTime: lease?.acquireTime ?? time,
      renewTime: time,
      transitions: lease?.transitions ?? 0,
    };
    try {
      await this.#write(record, lease, sentAt);
    } catch (error) {
      if (!(error instanceof ApiError && (error.code === 409 || error.notFound))) throw error;
      // Somebody wrote or deleted the Lease. If it is still ours, the next attempt, right after this, renews it as it is now.
      const found = await this.#read();
      if (found !== undefined && found.holder !== identity) this.#lose('taken');
      this.#pause.wake();
      return;
    }
    // An answer that came too late prolongs nothing: `holds` was false for a moment, and the term has to end for good.
    if (this.holds()) term.renewedAt = sentAt;
  }

  #belongsToAnother(lease: LeaseRecord): boolean {
    if (lease.holder === '' || lease.holder === this.#options.identity) return false;
    const durationMs = lease.leaseDurationSeconds * 1000 || this.#options.leaseDurationMs;
    return this.#observed !== undefined && this.#clock.now() - this.#observed.at < durationMs;
  }

  async #read(): Promise<LeaseRecord | undefined> {
    const { client, namespace, name } = this.#options;
    const path = leasePath(namespace, name);
    try {
      const answer = await client.request({ method: 'GET', path, timeoutSeconds: this.#requestSeconds() });
      const record = readLease(answer);
      if (record === undefined) throw new ConnectionError({ verb: 'get', path }, 'malformed', 'the answer is no Lease');
      this.#observe(record);
      return record;
    } catch (error) {
      if (!(error instanceof ApiError && error.notFound)) throw error;
      this.#observed = undefined;
      return undefined;
    }
  }

  /** Writes over the Lease that was read, or creates it when there was none. */
  async #write(
    change: Omit<LeaseRecord, 'resourceVersion' | 'leaseDurationSeconds'>,
    old: LeaseRecord | undefined,
    sentAt: number,
  ) {
    const { client, namespace, name, leaseDurationMs } = this.#options;
    const record = { ...change, leaseDurationSeconds: Math.round(leaseDurationMs / 1000) };
    const answer = await client.request({
      method: old === undefined ? 'POST' : 'PUT',
      path: leasePath(namespace, old === undefined ? undefined : name),
      body: formatLease({ namespace, name }, record, old?.resourceVersion),
      timeoutSeconds: this.#requestSeconds(),
    });
    const written = readLease(answer);
    if (written !== undefined) this.#observed = { record: written, at: sentAt };
  }

  /** Only a change of what the Lease says counts as a sign of life, not that somebody labelled it. */
  #observe(record: LeaseRecord): void {
    const known = this.#observed;
    const same = known !== undefined && isSameRecord(known.record, record);
    this.#observed = { record, at: same ? known.at : this.#clock.now() };
  }

  /** A leader's request ends with the term, so that the loss is noticed then, also while the server says nothing. */
  #requestSeconds(): number {
    return (this.#term === undefined ? this.#options.renewDeadlineMs : this.#timeLeftMs(this.#term)) / 1000;
  }

  #lose(why: Loss): void {
    const term = this.#term;
    if (term === undefined) return;
    this.#term = undefined;
    term.ended.abort();
    this.#options.onLose(why);
  }

  async #release(): Promise<void> {
    const lease = this.#observed?.record;
    const held = this.holds();
    this.#lose('stopped');
    if (!held || lease === undefined) return;
    const { client, namespace, name, retryPeriodMs } = this.#options;
    const time = microTime(this.#clock.wallTime());
    // One second, as client-go writes it: no candidate of whatever make waits for a lease that nobody holds.
    const record = { holder: '', leaseDurationSeconds: 1, acquireTime: time, renewTime: time, transitions: lease.transitions };
    const body = formatLease({ namespace, name }, record, lease.resourceVersion);
    try {
      await client.request({ method: 'PUT', path: leasePath(namespace, name), body, timeoutSeconds: retryPeriodMs / 1000 });
    } catch (error) {
      if (!isApiTrouble(error)) throw error;
      this.#options.onTrouble?.(error);
    }
  }
}
