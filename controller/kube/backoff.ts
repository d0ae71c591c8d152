import type { Clock } from './clock.ts';

export interface BackoffSettings {
  /** No delay is shorter, milliseconds. */
  readonly floorMs: number;
  /** No delay is longer, milliseconds. */
  readonly ceilingMs: number;
  /** After so long without a failure the next one counts as the first, milliseconds. */
  readonly resetMs: number;
}

/** client-go's figures for a reflector (tools/cache/reflector.go, `NewReflectorWithOptions`): 0.8 s, 30 s, reset after 2 min. */
export const reflectorBackoff: BackoffSettings = { floorMs: 800, ceilingMs: 30_000, resetMs: 120_000 };

/**
 * Delays between attempts: uniform between the floor and a limit that starts at twice the floor and doubles up to the ceiling,
 * so that many clients that lost one server come back spread out.
 */
export class Backoff {
  readonly #settings: BackoffSettings;
  readonly #clock: Clock;
  readonly #random: () => number;
  #failures = 0;
  #lastFailure = Number.NEGATIVE_INFINITY;

  constructor(settings: BackoffSettings, clock: Clock, random: () => number = Math.random) {
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
  }

  /** Counts one failure and says how many milliseconds to wait before the next attempt. */
  next(): number {
    const { floorMs, ceilingMs, resetMs } = this.#settings;
    const now = this.#clock.now();
    if (now - this.#lastFailure > resetMs) this.#failures = 0;
    this.#lastFailure = now;
    this.#failures += 1;
    const limit = Math.min(ceilingMs, floorMs * 2 ** this.#failures);
    return floorMs + this.#random() * (limit - floorMs);
  }
}
