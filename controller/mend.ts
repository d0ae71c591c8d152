import { isObject, type JsonObject, objectAt, textAt } from '../relations/json.ts';
import { isConsumer } from '../relations/lists.ts';
import { RELATIONSHIPS } from '../relations/vocabulary.ts';
import { keyOf, type WorkloadName, workloadPath } from './key.ts';
import type { Client } from './kube/client.ts';
import { type WatchedWorkload, watchWorkload } from './rollout.ts';

/** The webhook let a workload through unstamped: it is away, or it does not look after the namespace. */
export class NotStamped extends Error {}

/**
 * Takes a workload through the webhook by a patch that changes nothing.
 *
 * @returns the workload as it came back
 * @throws NotStamped when it came back as it was
 */
export async function mend(client: Client, workload: WorkloadName): Promise<WatchedWorkload> {
  const path = workloadPath(workload);
  const answer = await client.request({ method: 'PATCH', path, body: {}, contentType: 'application/merge-patch+json' });
  const object = isObject(answer) ? answer : {};
  const view = watchWorkload(workload.kind, object);
  if (isMended(view, object)) return view;
  throw new NotStamped(
    `the webhook did not stamp ${keyOf(workload)}: see whether its pods are ready and its configuration selects the namespace`,
  );
}

function isMended(view: WatchedWorkload, object: JsonObject): boolean {
  if (!isConsumer(view.lists)) return view.record === undefined;
  return view.stamped && textAt(objectAt(objectAt(object, 'metadata'), 'labels'), RELATIONSHIPS) !== undefined;
}
