import type { Requests } from './requests.ts';

export interface DrainLimits {
  /** Requests are answered for this long in any case: nodes learn some time later that the endpoint is gone. */
  readonly minMs: number;
  readonly maxMs: number;
}

/** Nobody comes any more when nobody came for this long; a busy API server uses its connections more often. */
const QUIET_MS = 1_000;
const LOOK_MS = 50;

/** By the global timer, the one that a test can drive. */
const after = (ms: number) => new Promise((done) => setTimeout(done, ms));

/**
 * Goes on answering until nobody comes any more.
 *
 * The API server keeps its connections to a terminating pod and goes on using them (kubernetes#127335), so each answer now
 * asks it for a new one. What is left at the end are idle connections; closing one in the moment in which it is used loses
 * a request, and nothing in HTTP/1.1 prevents that, so they are closed when none has been used for a while.
 *
 * @returns whether it ended because all was quiet, and not because `maxMs` had passed
 */
export async function drain(requests: Pick<Requests, 'turnAway' | 'quietMs'>, { minMs, maxMs }: DrainLimits): Promise<boolean> {
  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  requests.turnAway();
  await after(Math.min(minMs, maxMs));
  const quietMs = Math.min(QUIET_MS, minMs);
  while (requests.quietMs() <= quietMs) {
    if (elapsed() >= maxMs) return false;
    await after(Math.min(LOOK_MS, Math.max(1, maxMs - elapsed())));
  }
  return true;
}
