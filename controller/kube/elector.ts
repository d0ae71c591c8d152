import { ApiError, type ConnectionError, isApiTrouble } from './api-error.ts';
import type { Client } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { type LeaseRecord, type LeaseTarget, leasePath, microTime, recordOf } from './lease.ts';
import { LeaseStore, type Observed } from './lease-store.ts';
import { Reflector } from './reflector.ts';
import { Wakeable } from './wakeable.ts';

/** A time as leader. */
export interface Term {
  /** When the Lease was taken, monotonic milliseconds: what a former leader wrote in its term, it wrote before. */
  readonly since: number;
  /** Aborted when the term ends, whatever ends it. */
  readonly signal: AbortSignal;
}

/** Why a term ended: not renewed in time, somebody else has the Lease, `stop` was called. */
export type Loss = 'expired' | 'taken' | 'stopped';

export interface ElectorOptions extends LeaseTarget {
  readonly client: Client;
  /** Who we are, different for each process that runs at the same time: the pod's name. */
  readonly identity: string;
  readonly onAcquire: (term: Term) => void;
  readonly onLose: (why: Loss) => void;
  /** What failed for want of an answer or a permission, attempts and the watch alike; the elector goes on. */
  readonly onTrouble?: (error: ApiError | ConnectionError) => void;
  readonly timing?: ElectorTiming;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** Milliseconds. */
export interface ElectorTiming {
  /** Others take over when they have seen no sign of life for so long. */
  readonly leaseDurationMs: number;
  /** A leader that could not renew for so long stops; shorter than the lease by the time that a write may be under way. */
  readonly renewDeadlineMs: number;
  /** Between two attempts. */
  readonly retryPeriodMs: number;
}

/** As kube-controller-manager and controller-runtime have it. */
const defaultTiming: ElectorTiming = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };

/** Candidates wait up to so much longer than the retry period, so that they do not write together (leaderelection.go, `JitterFactor`). */
const jitterFactor = 1.2;

interface CurrentTerm {
  readonly ended: AbortController;
  /** When the last renewal that succeeded was sent, monotonic milliseconds: the others count from then or later. */
  renewedAt: number;
}

/**
 * Sees to it that of several processes one is leader, by a Lease. Semantics of client-go: tools/leaderelection/leaderelection.go.
 * Whether the Lease has expired is judged by how long this process has not seen it change, never by comparing the time in it
 * with the local clock, so clocks may differ. A candidate also watches the Lease and takes it at once when it is given back.
 *
 * A Lease fences nothing: a write that was sent before the term ended may arrive after another has begun. So ask `holds` right
 * before each write and send the resourceVersion along.
 */
export class Elector {
  readonly #options: ElectorOptions;
  readonly #timing: ElectorTiming;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #lease: LeaseStore;
  readonly #pause: Wakeable;
  #term: CurrentTerm | undefined;
  #run: Promise<void> | undefined;
  #stopped = false;

  constructor(options: ElectorOptions) {
    this.#options = options;
    this.#timing = options.timing ?? defaultTiming;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#lease = new LeaseStore(options.client, { namespace: options.namespace, name: options.name }, this.#clock);
    this.#pause = new Wakeable(this.#clock);
  }

  /** Begins to try for the Lease, and again after each loss. */
  start(): void {
    this.#run ??= this.#loop();
  }

  /**
   * True while we are leader. Looks at the monotonic clock, not at what a timer has done: after a pause (SIGSTOP, a frozen
   * container) the first call already answers false. Ends before others may begin: at the renew deadline, counted from when
   * the last renewal that succeeded was sent.
   */
  holds(): boolean {
    return this.#term !== undefined && this.#timeLeftMs(this.#term) > 0;
  }

  /** The identity that was last seen in the Lease, ours perhaps; empty when nobody's. */
  get holder(): string {
    return this.#lease.observed?.record.holder ?? '';
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
    const watch = this.#watchForRelease();
    while (!this.#stopped) {
      this.#pause.forget();
      await this.#attempt();
      if (!this.#stopped) await this.#pause.wait(this.#delayMs());
    }
    await watch.stop();
    if (this.#term !== undefined) await this.#release();
  }

  #watchForRelease(): Reflector<LeaseRecord> {
    const { client, namespace, name, clock, random, onTrouble } = this.#options;
    return new Reflector({
      client,
      path: leasePath(namespace),
      // RBAC lets a rule with resourceNames through for a list and a watch that select this one name.
      fieldSelector: `metadata.name=${name}`,
      project: recordOf,
      onChange: ({ now }) => {
        if (this.#term === undefined && (now === undefined || now.holder === '')) this.#pause.wake();
      },
      observe: (event) => {
        if (event.type === 'retrying') onTrouble?.(event.error);
      },
      clock,
      random,
    });
  }

  #delayMs(): number {
    const { retryPeriodMs } = this.#timing;
    if (this.#term === undefined) return retryPeriodMs * (1 + this.#random() * jitterFactor);
    return Math.min(retryPeriodMs, this.#timeLeftMs(this.#term));
  }

  #timeLeftMs(term: CurrentTerm): number {
    return Math.max(0, term.renewedAt + this.#timing.renewDeadlineMs - this.#clock.now());
  }

  async #attempt(): Promise<void> {
    this.#loseIfExpired();
    try {
      await (this.#term === undefined ? this.#acquire() : this.#renew(this.#term));
    } catch (error) {
      if (!isApiTrouble(error)) throw error;
      this.#options.onTrouble?.(error);
    }
    this.#loseIfExpired();
  }

  async #acquire(): Promise<void> {
    const { renewDeadlineMs } = this.#timing;
    const observed = await this.#lease.read(renewDeadlineMs / 1000);
    if (this.#stopped || (observed !== undefined && this.#belongsToAnother(observed))) return;
    const sentAt = this.#clock.now();
    const acquireTime = this.#microTime();
    try {
      await this.#write(this.#options.identity, acquireTime, renewDeadlineMs);
    } catch (error) {
      // Another candidate was faster.
      if (error instanceof ApiError && error.code === 409) return;
      throw error;
    }
    const term = { ended: new AbortController(), renewedAt: sentAt };
    if (this.#timeLeftMs(term) === 0) return;
    this.#term = term;
    this.#options.onAcquire({ since: this.#clock.now(), signal: term.ended.signal });
  }

  #belongsToAnother({ record, since }: Observed): boolean {
    if (record.holder === '' || record.holder === this.#options.identity) return false;
    const durationMs = record.leaseDurationSeconds * 1000 || this.#timing.leaseDurationMs;
    return this.#clock.now() - since < durationMs;
  }

  async #renew(term: CurrentTerm): Promise<void> {
    const { identity } = this.#options;
    const sentAt = this.#clock.now();
    try {
      // Ends with the term, so that the loss is noticed then, also while the server says nothing.
      await this.#write(identity, this.#lease.observed?.record.acquireTime, this.#timeLeftMs(term));
    } catch (error) {
      if (!(error instanceof ApiError && (error.code === 409 || error.notFound))) throw error;
      // Somebody wrote or deleted the Lease. If it is not another's now, the next attempt, right after this, renews it as it is.
      const observed = await this.#lease.read(this.#timeLeftMs(term) / 1000);
      if (observed !== undefined && observed.record.holder !== identity) this.#lose('taken');
      this.#pause.wake();
      return;
    }
    // An answer that comes too late prolongs nothing: `holds` was false for a moment, so the term has to end.
    if (this.holds()) term.renewedAt = sentAt;
  }

  async #release(): Promise<void> {
    const held = this.holds();
    this.#lose('stopped');
    if (!held) return;
    try {
      await this.#write('', this.#microTime(), this.#timing.retryPeriodMs);
    } catch (error) {
      if (!isApiTrouble(error)) throw error;
      this.#options.onTrouble?.(error);
    }
  }

  /** @param holder empty to give the Lease back */
  #write(holder: string, acquireTime: string | undefined, timeoutMs: number): Promise<void> {
    const known = this.#lease.observed?.record;
    const changesHands = known !== undefined && holder !== '' && known.holder !== holder;
    const record = {
      holder,
      // One second when it is given back, as client-go writes it: no candidate of whatever make then waits.
      leaseDurationSeconds: holder === '' ? 1 : Math.ceil(this.#timing.leaseDurationMs / 1000),
      acquireTime,
      renewTime: this.#microTime(),
      transitions: (known?.transitions ?? 0) + (changesHands ? 1 : 0),
    };
    return this.#lease.write(record, timeoutMs / 1000);
  }

  #microTime(): string {
    return microTime(this.#clock.wallTime());
  }

  #loseIfExpired(): void {
    if (this.#term !== undefined && !this.holds()) this.#lose('expired');
  }

  #lose(why: Loss): void {
    const term = this.#term;
    if (term === undefined) return;
    this.#term = undefined;
    term.ended.abort();
    this.#options.onLose(why);
  }
}
