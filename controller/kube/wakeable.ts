import type { Clock } from './clock.ts';

/** A wait that can be cut short. A wake-up that comes while nobody waits cuts the next wait short. */
export class Wakeable {
  readonly #clock: Clock;
  #woken = false;
  #end: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wake(): void {
    this.#woken = true;
    this.#end?.();
  }

  /** From here on only what comes later wakes. */
  forget(): void {
    this.#woken = false;
  }

  /** Resolves after the time, milliseconds, or when woken. One at a time. */
  wait(delayMs: number): Promise<void> {
    if (this.#woken) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.startTimer(delayMs, () => this.#end?.());
      this.#end = () => {
        cancel();
        this.#end = undefined;
        resolve();
      };
    });
  }
}
