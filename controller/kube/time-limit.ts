import type { CancelTimer, Clock } from './clock.ts';

/**
 * A signal that is aborted after a time on a given clock, or with a signal of the caller's, and says which of the two it was.
 * (`AbortSignal.any` and `AbortSignal.timeout` would do, but know only the system's clock and cannot be extended.)
 */
export class TimeLimit {
  readonly lengthMs: number;
  readonly #clock: Clock;
  readonly #caller: AbortSignal | undefined;
  readonly #controller = new AbortController();
  #cancelTimer: CancelTimer;
  #since: number;
  #expired = false;

  constructor(clock: Clock, lengthMs: number, caller: AbortSignal | undefined) {
    this.#clock = clock;
    this.lengthMs = lengthMs;
    this.#caller = caller;
    this.#since = clock.now();
    this.#cancelTimer = clock.startTimer(lengthMs, this.#ring);
    if (caller?.aborted) this.#follow();
    else caller?.addEventListener('abort', this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }
  get expired(): boolean {
    return this.#expired;
  }
  get endedByCaller(): boolean {
    return this.#caller?.aborted === true && !this.#expired;
  }

  /** Counts from now on again. Called for every piece of a watch, so it leaves the timer as it is. */
  extend(): void {
    this.#since = this.#clock.now();
  }

  /** To be called when the work is over, else the timer and the listener stay. */
  clear(): void {
    this.#cancelTimer();
    this.#caller?.removeEventListener('abort', this.#follow);
  }

  readonly #ring = () => {
    const left = this.#since + this.lengthMs - this.#clock.now();
    if (left > 0) {
      this.#cancelTimer = this.#clock.startTimer(left, this.#ring);
      return;
    }
    this.#expired = true;
    this.#controller.abort();
  };

  readonly #follow = () => this.#controller.abort(this.#caller?.reason);
}
