/** Taking the stamp off one workload, and what follows from it. */
import { corePath, workloadPath } from '../../controller/key.ts';
import { ApiError } from '../../controller/kube/api-error.ts';
import type { Client } from '../../controller/kube/client.ts';
import { podsLabelled } from '../../controller/pods.ts';
import { readObject } from '../../controller/read-object.ts';
import { viewRollout } from '../../controller/rollout.ts';
import { isObject, type JsonObject, objectAt } from '../../relations/json.ts';
import { workloadLabel } from '../../relations/names.ts';
import { readSubject } from '../../relations/subject.ts';
import { unstamped } from '../../relations/unstamp.ts';
import type { Traced } from './left.ts';
import { replacesOnDelete } from './own-pace.ts';

const ATTEMPTS = 5;

/**
 * Makes a workload as its user wrote it. It may have been changed or deleted since it was looked at.
 *
 * @returns whether it is so: a webhook that is still there stamps it again in the same write
 */
export async function restore(client: Client, workload: Traced): Promise<boolean> {
  const path = workloadPath(workload);
  for (let attempt = 1; ; attempt++) {
    const body = asWritten(workload, await readObject(client, path));
    if (body === undefined) return true;
    try {
      return asWritten(workload, await client.request({ method: 'PUT', path, body })) === undefined;
    } catch (error) {
      if (!(error instanceof ApiError && error.conflict && attempt < ATTEMPTS)) throw error;
    }
  }
}

/** The object as its user wrote it; undefined for one that is so already, and for what is none of orcon's or not there. */
function asWritten({ kind, name }: Traced, object: unknown): JsonObject | undefined {
  const subject = isObject(object) ? readSubject(kind, name, object) : undefined;
  const body = subject && unstamped(subject);
  return body === object ? undefined : body;
}

/**
 * Whether the roll-out that the restoring began has come through, or been given up, or is not to be: a pod may still end then.
 * Deletes on the way held pods that nothing else would: those of a StatefulSet, where OrderedReady pod management replaces none that
 * is not ready, and those that are replaced when they are deleted. They never started, so nobody misses them.
 */
export async function isThrough(client: Client, workload: Traced): Promise<boolean> {
  const object = await readObject(client, workloadPath(workload));
  if (object === undefined) return true;
  const { settled, generation } = viewRollout(workload.kind, object);
  const onDelete = replacesOnDelete(workload.kind, object);
  if (settled && !onDelete) return true;
  const seen = objectAt(object, 'status').observedGeneration === generation;
  if (seen && (onDelete || workload.kind === 'StatefulSet')) await deleteHeld(client, workload);
  return onDelete && seen;
}

async function deleteHeld(client: Client, workload: Traced): Promise<void> {
  const labels = [workloadLabel(workload.kind, workload.name)];
  const held = (await podsLabelled(client, workload.namespace, labels)).filter(({ waits }) => waits);
  for (const { namespace, name, uid } of held) await remove(client, corePath('pods', namespace, name), uid);
}

/** Deletes an object that has this uid; one that is gone, or another of its name, is left. */
export async function remove(client: Client, path: string, uid: string): Promise<void> {
  try {
    await client.request({ method: 'DELETE', path, body: { preconditions: { uid } } });
  } catch (error) {
    if (!(error instanceof ApiError && (error.notFound || error.conflict))) throw error;
  }
}
