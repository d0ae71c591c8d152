import type { CancelTimer, Clock } from './clock.ts';

/** How many go on at the same time: while nothing more urgent waits, and while something has for a while. */
const MANY = 64;
const FEW = 2;
/** For so long a burst of what is urgent has the API server for itself, milliseconds: a thousand writes are done by then. */
const BURST_MS = 1_500;

/**
 * Lets what nobody waits for give way to what is urgent: it goes on when nothing urgent waits, or a few at a time where that does
 * not come for a moment.
 */
export class GivingWay {
  readonly #clock: Clock;
  /** What lets each go on, in their order. */
  readonly #line: (() => void)[] = [];
  #going = 0;
  /** Since when something urgent has waited without a break. */
  #busySince: number | undefined;
  #cancelLook: CancelTimer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Who waits to go on. */
  get waiting(): number {
    return this.#line.length;
  }

  /** Does what gives way, when its turn has come. */
  async whenQuiet<T>(work: () => Promise<T>): Promise<T> {
    await this.turn();
    try {
      return await work();
    } finally {
      this.done();
    }
  }

  /** Resolves when the caller may go on, who then calls `done` once. */
  turn(): Promise<void> {
    return new Promise((goOn) => {
      this.#line.push(goOn);
      this.#admit();
    });
  }

  done(): void {
    this.#going -= 1;
    this.#admit();
  }

  /** Notes whether something urgent waits. */
  note(isBusy: boolean): void {
    this.#busySince = isBusy ? (this.#busySince ?? this.#clock.now()) : undefined;
    this.#admit();
  }

  #admit(): void {
    const busyMs = this.#busySince === undefined ? undefined : this.#clock.now() - this.#busySince;
    const most = busyMs === undefined ? MANY : busyMs < BURST_MS ? 0 : FEW;
    while (this.#going < most) {
      const goOn = this.#line.shift();
      if (goOn === undefined) break;
      this.#going += 1;
      goOn();
    }
    this.#cancelLook?.();
    this.#cancelLook = undefined;
    // Where each worker is held up, nothing else would bring those up that have waited long enough.
    if (busyMs === undefined || busyMs >= BURST_MS || this.#line.length === 0) return;
    this.#cancelLook = this.#clock.startTimer(BURST_MS - busyMs, () => this.#admit());
  }
}
