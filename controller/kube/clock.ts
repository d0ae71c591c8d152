/** Ends a timer before it fires; does nothing when it already has. */
export type CancelTimer = () => void;

/**
 * Time as the controller sees it. Everything that waits, ages or expires asks a clock, so that tests move time by hand.
 * `now` is monotonic: it never jumps when somebody sets the wall clock, and it goes on while the process is stopped
 * (SIGSTOP), which is what the elector relies on.
 */
export interface Clock {
  /** Milliseconds since an arbitrary fixed moment. */
  now(): number;
  /** Milliseconds since 1970, for timestamps that others read. */
  wallTime(): number;
  /** Calls `fire` once after `delayMs`; what comes back ends it. */
  startTimer(delayMs: number, fire: () => void): CancelTimer;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  startTimer: (delayMs, fire) => {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};

/** The present moment as timestamps have it (RFC 3339). */
export const timestamp = (clock: Clock): string => new Date(clock.wallTime()).toISOString();

/** Resolves after `delayMs`, or at once when `signal` is aborted: the caller looks at the signal, an abort is no error here. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.startTimer(delayMs, end);
    signal.addEventListener('abort', end, { once: true });
  });
}
