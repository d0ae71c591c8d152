/** Waiting for something in the cluster. */
import { setTimeout as pause } from 'node:timers/promises';
import type { JsonObject } from '../../rpc/json.ts';
import { ApiError, Unreachable } from '../client.ts';
import { annotationOf } from '../objects.ts';

const POLL_MILLISECONDS = 300;
const DEFAULT_SECONDS = 600;

/** How far something has come: ready, or for what reasons not yet. */
export interface Progress {
  readonly ready: boolean;
  readonly reasons: readonly string[];
  /** A few words for whoever watches, as `1 out of 2 replicas succeeded`. */
  readonly status: string;
}

export interface Patience {
  /** Seconds after which the wait is given up. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly report: (status: string) => void;
}

/** Looks until it is ready. Returns no reasons then, else those of the last look, after the time is up or the run cancelled. */
export async function waitFor(
  name: string,
  look: () => Promise<Progress>,
  { timeout, signal, report }: Patience,
): Promise<readonly string[]> {
  const end = Date.now() + timeout * 1000;
  for (let last = ''; ; ) {
    const { ready, reasons, status } = await look().catch(unableToLook);
    if (ready) return [];
    if (status !== last) report(status);
    last = status;
    if (signal.aborted) return [`Resource operation was cancelled for '${name}'`, ...reasons];
    if (Date.now() >= end) return [`'${name}' timed out waiting to be Ready`, ...reasons];
    await pause(POLL_MILLISECONDS, undefined, { signal }).catch(() => {}); // cancelled: one last look tells the reasons
  }
}

/** An API server that is away for a while is waited for as well: what was written must not be forgotten for it. */
function unableToLook(failure: unknown): Progress {
  if (failure instanceof ApiError || failure instanceof Unreachable) {
    return { ready: false, reasons: [failure.message], status: failure.message };
  }
  throw failure;
}

/** Seconds to wait for this object: the resource's customTimeouts, else its annotation, else ten minutes. */
export function timeoutOf(object: JsonObject, customTimeout: number): number {
  if (customTimeout > 0) return customTimeout;
  const annotated = Number(annotationOf(object, 'pulumi.com/timeoutSeconds'));
  return annotated > 0 ? annotated : DEFAULT_SECONDS;
}

/** Whether the object asks not to be waited for. */
export function skipsAwait(object: JsonObject): boolean {
  return annotationOf(object, 'pulumi.com/skipAwait') === 'true';
}
