import type { CancelTimer, Clock } from '../../controller/kube/clock.ts';

interface Timer {
  readonly due: number;
  readonly fire: () => void;
}

/** A clock that only the test moves. */
export class ManualClock implements Clock {
  #now = 1_000_000;
  readonly #timers = new Set<Timer>();
  /** Wall time runs beside the monotonic one; a test may set it off to play a wrong clock. */
  wallOffset = Date.UTC(2030, 0, 1);

  now(): number {
    return this.#now;
  }
  wallTime(): number {
    return this.wallOffset + this.#now;
  }
  startTimer(delayMs: number, fire: () => void): CancelTimer {
    const timer = { due: this.#now + Math.max(0, delayMs), fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Milliseconds until each timer that is set, shortest first. */
  get timers(): readonly number[] {
    return [...this.#timers].map(({ due }) => due - this.#now).sort((a, b) => a - b);
  }

  /** Lets time pass and fires what becomes due, in its order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due);
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.due);
      this.#timers.delete(next);
      next.fire();
    }
    this.#now = end;
  }

  /** Lets time pass without firing anything, as for a process that is stopped; what became due fires with the next `advance`. */
  freeze(ms: number): void {
    this.#now += ms;
  }
}
