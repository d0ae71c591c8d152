import { ApiError, CONNECTION_FAULTS, ConnectionError } from './api-error.ts';

/** Why a list was made: the first one; the resourceVersion was too old; the server refuses to resume there; somebody asked for it. */
export const LIST_REASONS = ['start', 'gone', 'refused', 'asked'] as const;
export type ListReason = (typeof LIST_REASONS)[number];

/** Why a watch ended, a closed set and so fit for a metric's label; `timeout` is the ordinary end by the server. */
export const WATCH_ENDS = ['timeout', 'gone', 'throttled', 'forbidden', 'serverError', 'refused', ...CONNECTION_FAULTS] as const;
export type WatchEnd = (typeof WATCH_ENDS)[number];

/** A permission that is missing comes with somebody's `kubectl apply`, not with the next attempt, milliseconds. */
const forbiddenDelayMs = 30_000;
/** So long is honoured at most of what a Retry-After asks for, milliseconds. */
const longestRetryAfterMs = 300_000;
/** A server that refuses a resourceVersion so often may never accept it (its store was restored from a backup): list. */
const refusalsBeforeList = 5;

export function watchEndOf(error: ApiError | ConnectionError): WatchEnd {
  if (error instanceof ConnectionError) return error.fault;
  if (error.gone) return 'gone';
  if (error.code === 429) return 'throttled';
  if (error.code === 401 || error.forbidden) return 'forbidden';
  return error.code >= 500 ? 'serverError' : 'refused';
}

/**
 * The list that is due after a watch failed, or undefined when the watch can resume where it was.
 * @param failures watches that failed one after the other, this one included, without an event between
 */
export function listDueAfter(error: ApiError | ConnectionError, failures: number): ListReason | undefined {
  switch (watchEndOf(error)) {
    case 'gone':
      return 'gone';
    case 'refused':
    case 'malformed':
      return 'refused';
    case 'serverError':
      return failures >= refusalsBeforeList ? 'refused' : undefined;
    default:
      return undefined;
  }
}

/** Milliseconds until the next attempt: what the back-off says, or longer when the server asks for it or a permission is missing. */
export function retryDelayMs(error: ApiError | ConnectionError, backoffMs: number): number {
  if (!(error instanceof ApiError)) return backoffMs;
  const asked = Math.min((error.retryAfterSeconds ?? 0) * 1000, longestRetryAfterMs);
  // Never all together at the moment that was named.
  if (asked > 0) return asked + backoffMs;
  return error.forbidden ? forbiddenDelayMs + backoffMs : backoffMs;
}
