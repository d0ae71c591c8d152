/** Receives one line of what is being done; lines have no line end. */
export type Log = (line: string) => void;

const FIRST_SIGN_OF_LIFE = 10_000;

/** Tells of steps one after the other: which one of how many, what it does, and for how long already. */
export class Progress {
  readonly #log: Log;
  readonly #total: number;
  #done = 0;

  constructor(total: number, log: Log) {
    this.#total = total;
    this.#log = log;
  }

  /** Does a step; a long one gives a sign of life after 10, 20, 40 s and from then on every minute. */
  async step<T>(what: string, work: () => Promise<T>): Promise<T> {
    this.#done += 1;
    const title = `[${this.#done} of ${this.#total}] ${what}`;
    const start = Date.now();
    this.#log(title);
    let timer: NodeJS.Timeout | undefined;
    const remind = (after: number) => {
      timer = setTimeout(() => {
        this.#log(`${title}: ${duration(Date.now() - start)} so far`);
        remind(Math.min(Date.now() - start, 60_000));
      }, after);
      timer.unref();
    };
    remind(FIRST_SIGN_OF_LIFE);
    try {
      const result = await work();
      if (Date.now() - start > FIRST_SIGN_OF_LIFE) this.#log(`${title}: done in ${duration(Date.now() - start)}`);
      return result;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Milliseconds in words: `0.4 s`, `12 s`, `3 min 20 s`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
