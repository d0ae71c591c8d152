/** How the API server goes away and comes back. */
import { startPart, stopPart } from '../../../local/cluster/index.ts';

/**
 * The cluster's own controllers and scheduler. Elsewhere they end without an API server, because they lose their leases, and
 * begin anew; here, without a rival, they would live and first sit out the delays that they have come to by then.
 */
const LEADERS = ['kube-controller-manager', 'kube-scheduler'] as const;

/** Takes it away from one moment to the next. */
export async function crashApiServer(): Promise<void> {
  await stopPart('kube-apiserver', 0);
  for (const part of LEADERS) await stopPart(part, 0);
}

/** Starts again what of it does not run, and waits until it serves. */
export async function startApiServer(): Promise<void> {
  await startPart('kube-apiserver');
  for (const part of LEADERS) await startPart(part);
}
