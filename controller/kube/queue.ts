import { type CancelTimer, type Clock, systemClock } from './clock.ts';
import { GivingWay } from './giving-way.ts';
import { TransientMap } from './transient-map.ts';

/** One pass of the handler, as metrics and log lines need it. */
export interface Pass {
  readonly key: string;
  /** From when the key became due until a worker took it, seconds. */
  readonly queuedSeconds: number;
  /** How long the handler ran, seconds. */
  readonly seconds: number;
  /** What the handler threw, and when the key is tried again. */
  readonly failure?: { readonly error: unknown; readonly retryInMs: number };
}

/**
 * Called by a handler when what others may wait for is done: its worker is free for the next key, and what is left is done when
 * no key waits for a worker, as `GivingWay` has it. The key stays the handler's until it has ended.
 *
 * @returns whether the key has become due again: another pass follows, which sees what has changed
 */
export type StandBack = () => Promise<boolean>;

export interface QueueOptions {
  /** Keys worked on at the same time, not counting those that stand back; never the same one twice. */
  readonly workers: number;
  /** Does what is due for the key, as things are now. What it throws makes the key come again, later each time. */
  readonly handle: (key: string, standBack: StandBack) => Promise<void>;
  readonly observe?: (pass: Pass) => void;
  /** How long an error asks to wait (a Retry-After), milliseconds; the back-off counts when it is longer, and its longest. */
  readonly retryAfterMs?: (error: unknown) => number | undefined;
  readonly clock?: Clock;
}

/** A pass that runs. */
interface Processing {
  /** Since when it has been worked on without a stop; undefined while it stands back. */
  workedOnSince: number | undefined;
  /** Since when its key has been due again. */
  dueAgainSince: number | undefined;
  stoodBack: boolean;
}

/** Delay after the first failure of a key, doubled with each further one, and the longest delay, milliseconds. */
const firstRetryMs = 100;
const longestRetryMs = 300_000;

/**
 * Keys with work to do. A key that is added again before its turn is worked on once; one that is added while a worker has it
 * comes again right after, so that no two workers ever have the same key and no event is lost. A key that fails backs off on
 * its own. Semantics of client-go: util/workqueue/queue.go (`dirty`, `processing`), delaying_queue.go, rate_limiting_queue.go.
 *
 * Keys can be added from the beginning; nothing is worked on before `start`.
 */
export class WorkQueue {
  /** For what is to give way to keys that wait for a worker. */
  readonly givingWay: GivingWay;
  readonly #options: QueueOptions;
  readonly #clock: Clock;
  /** Keys that wait for a worker, in their order, with the moment since when. Never one that a worker has. */
  readonly #waiting = new Map<string, number>();
  /** Keys that a worker has, or that stand back. */
  readonly #processing = new TransientMap<string, Processing>();
  readonly #delayed = new Map<string, { readonly due: number; readonly cancel: CancelTimer }>();
  readonly #failures = new Map<string, number>();
  /** Passes in the part that others wait for. */
  #foremost = 0;
  #state: 'idle' | 'open' | 'shutDown' = 'idle';
  #dispatchIsDue = false;
  #drained: (() => void) | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.givingWay = new GivingWay(this.#clock);
  }

  /** The key has work to do, now. */
  add(key: string): void {
    if (this.#state === 'shutDown' || this.#waiting.has(key)) return;
    const processing = this.#processing.get(key);
    if (processing === undefined) this.#waiting.set(key, this.#clock.now());
    else processing.dueAgainSince ??= this.#clock.now();
    this.#dispatchSoon();
  }

  /** The key has work to do in so many milliseconds. Of several such calls the earliest counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#state === 'shutDown') return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const due = this.#clock.now() + delayMs;
    const known = this.#delayed.get(key);
    if (known !== undefined && known.due <= due) return;
    known?.cancel();
    const fire = () => {
      this.#delayed.delete(key);
      this.add(key);
    };
    this.#delayed.set(key, { due, cancel: this.#clock.startTimer(delayMs, fire) });
  }

  /** The next failure of the key counts as its first. A pass that succeeds does the same. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Lets the workers begin. */
  start(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'open';
    this.#dispatchSoon();
  }

  /** Keys that wait for a worker; those whose time has not come are not among them. */
  get depth(): number {
    return this.#waiting.size;
  }
  /** Keys whose time has not come. */
  get delayed(): number {
    return this.#delayed.size;
  }
  /** How long the key that waits longest has waited, milliseconds; 0 when none waits. */
  get oldestAgeMs(): number {
    let oldest = this.#clock.now();
    // Not simply the first: a key that comes again has been due since it was added, while a worker had it.
    for (const since of this.#waiting.values()) oldest = Math.min(oldest, since);
    return this.#clock.now() - oldest;
  }
  /** Keys that are worked on and for how long, milliseconds: liveness looks at the longest. Whoever stands back waits for others. */
  inProgress(): readonly { readonly key: string; readonly ageMs: number }[] {
    const now = this.#clock.now();
    return [...this.#processing.entries()].flatMap(([key, { workedOnSince: since }]) =>
      since === undefined ? [] : [{ key, ageMs: now - since }],
    );
  }

  /** Takes no further key, drops what waits, and resolves when the passes that run have ended. */
  shutDown(): Promise<void> {
    this.#state = 'shutDown';
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#waiting.clear();
    this.givingWay.note(false);
    if (this.#processing.size === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const others = this.#drained;
    this.#drained = () => {
      others?.();
      resolve();
    };
    return promise;
  }

  /**
   * Workers begin once what has come in together is taken in: the events of one piece of a watch are one pass, and a handler
   * never runs in the middle of the code that added its key.
   */
  #dispatchSoon(): void {
    if (this.#dispatchIsDue) return;
    this.#dispatchIsDue = true;
    setImmediate(() => {
      this.#dispatchIsDue = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    for (const [key, since] of this.#waiting) {
      if (this.#state !== 'open' || this.#foremost >= this.#options.workers) break;
      this.#waiting.delete(key);
      void this.#work(key, since);
    }
    this.givingWay.note(this.#waiting.size > 0);
  }

  /** Never rejects. */
  async #work(key: string, since: number): Promise<void> {
    const began = this.#clock.now();
    const processing: Processing = { workedOnSince: began, dueAgainSince: undefined, stoodBack: false };
    this.#processing.set(key, processing);
    this.#foremost += 1;
    const failure = await this.#attempt(key, async () => {
      if (!processing.stoodBack) await this.#standBack(processing);
      return processing.dueAgainSince !== undefined;
    });
    if (processing.stoodBack) this.givingWay.done();
    else this.#foremost -= 1;
    this.#processing.delete(key);
    const seconds = (this.#clock.now() - began) / 1000;
    this.#options.observe?.({ key, queuedSeconds: (began - since) / 1000, seconds, failure });
    if (processing.dueAgainSince !== undefined && this.#state === 'open') this.#waiting.set(key, processing.dueAgainSince);
    this.#dispatchSoon();
    if (this.#processing.size === 0) this.#drained?.();
  }

  async #standBack(processing: Processing): Promise<void> {
    processing.stoodBack = true;
    processing.workedOnSince = undefined;
    this.#foremost -= 1;
    this.#dispatchSoon();
    await this.givingWay.turn();
    processing.workedOnSince = this.#clock.now();
  }

  async #attempt(key: string, standBack: StandBack): Promise<Pass['failure']> {
    try {
      await this.#options.handle(key, standBack);
      this.forget(key);
      return undefined;
    } catch (error) {
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      const backoffMs = Math.min(longestRetryMs, firstRetryMs * 2 ** failures);
      const retryInMs = Math.min(longestRetryMs, Math.max(backoffMs, this.#options.retryAfterMs?.(error) ?? 0));
      this.addAfter(key, retryInMs);
      return { error, retryInMs };
    }
  }
}
