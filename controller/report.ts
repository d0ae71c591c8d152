import type { Logger } from '../process/logging.ts';
import { NotLeading } from './fence.ts';
import { ApiError, isApiTrouble } from './kube/api-error.ts';
import type { Pass } from './kube/queue.ts';
import type { ReflectorEvent } from './kube/reflector.ts';
import { NotStamped } from './mend.ts';

/** Says in the log why a pass failed. */
export function reportPass(log: Logger, { key, failure }: Pass): void {
  if (failure === undefined) return;
  const { error, retryInMs } = failure;
  const told = error instanceof Error ? error.message : String(error);
  const about = { workload: key, retryInMs, error: told };
  // Somebody wrote in between: the ordinary course of things.
  if (error instanceof NotLeading || (error instanceof ApiError && error.code === 409)) log.debug(about, 'a pass is repeated');
  else if (isApiTrouble(error) || error instanceof NotStamped) log.warn(about, 'a pass failed');
  else log.error({ ...about, error: error instanceof Error ? (error.stack ?? told) : told }, 'a pass met a defect');
}

/** Says in the log what a watch went through. */
export function reportWatch(log: Logger, resource: string, event: ReflectorEvent): void {
  if (event.type === 'retrying')
    log.warn({ resource, error: event.error.message, retryInMs: Math.round(event.delayMs) }, 'lost contact');
  if (event.type === 'listed') log.debug({ resource, reason: event.reason, objects: event.objects }, 'listed');
}
