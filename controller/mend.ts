import { isObject } from '../relations/json.ts';
import { viewWorkload } from '../relations/workload.ts';
import { type WorkloadName, workloadPath } from './key.ts';
import type { Client } from './kube/client.ts';

/** The webhook let a workload through unstamped: it is away, or it does not look after the namespace. */
export class NotStamped extends Error {}

/**
 * Takes a workload through the webhook by a patch that changes nothing.
 *
 * @throws NotStamped when it comes back as it was
 */
export async function mend(client: Client, workload: WorkloadName): Promise<void> {
  const path = workloadPath(workload);
  const answer = await client.request({ method: 'PATCH', path, body: {}, contentType: 'application/merge-patch+json' });
  const view = isObject(answer) ? viewWorkload(workload.kind, answer) : undefined;
  const mended = view?.lists.consumes.length || view?.lists.relations.length ? view.stamped : view?.record === undefined;
  if (!mended) {
    throw new NotStamped(
      `the webhook did not stamp ${workload.kind} ${workload.namespace}/${workload.name}: see whether its pods are ready and its configuration selects the namespace`,
    );
  }
}
