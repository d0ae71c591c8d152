import { ApiError, isApiTrouble } from './kube/api-error.ts';
import type { Client } from './kube/client.ts';
import { isKubeObject } from './kube/kube-object.ts';
import { leasePath, recordOf } from './kube/lease.ts';

/** A write that was not sent, because this process does not lead, or not any more. */
export class NotLeading extends Error {}

/** Another process leads, or may: what this one knows may be old, so it ends. */
export class LeaseLost extends Error {}

export interface Fence {
  /** Whether writing is ours to do; asked right before each write. */
  readonly mayWrite: () => boolean;
  /** Called after a 409: somebody else wrote, and that may be another leader. Its end is waited for. */
  readonly onConflict: () => Promise<void>;
}

/**
 * A client that writes only while its process leads. A Lease fences nothing by itself: a process that was paused writes on
 * until it looks at the clock, so it looks before every write, and a machine whose clock stood still is found out by its first
 * conflict.
 */
export const fenced = (client: Client, { mayWrite, onConflict }: Fence): Client => ({
  watch: (request) => client.watch(request),
  close: () => client.close(),
  async request(request) {
    if (request.method === 'GET') return client.request(request);
    if (!mayWrite()) throw new NotLeading(`${request.method} ${request.path} was not sent: this process does not lead`);
    try {
      return await client.request(request);
    } catch (error) {
      // An Event that is there already is no sign of anybody else.
      if (error instanceof ApiError && error.code === 409 && error.resource !== 'events') await onConflict();
      throw error;
    }
  },
});

/** Who holds a Lease; undefined when that cannot be told. */
export async function holderOf(client: Client, namespace: string, name: string): Promise<string | undefined> {
  try {
    const lease = await client.request({ method: 'GET', path: leasePath(namespace, name) });
    return isKubeObject(lease) ? recordOf(lease).holder : undefined;
  } catch (error) {
    if (!isApiTrouble(error)) throw error;
    return undefined;
  }
}
