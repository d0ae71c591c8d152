/** Taking the stamp off one workload, and what follows from it. */
import { corePath, workloadPath } from '../../controller/key.ts';
import { ApiError } from '../../controller/kube/api-error.ts';
import type { Client } from '../../controller/kube/client.ts';
import { podsLabelled } from '../../controller/pods.ts';
import { readObject } from '../../controller/read-object.ts';
import { viewRollout } from '../../controller/rollout.ts';
import { objectAt } from '../../relations/json.ts';
import { workloadLabel } from '../../relations/names.ts';
import { readSubject } from '../../relations/subject.ts';
import { unstamped } from '../../relations/unstamp.ts';
import type { Traced } from './left.ts';

const ATTEMPTS = 5;

/** Makes a workload as its user wrote it. It may have been changed or deleted since it was looked at. */
export async function restore(client: Client, workload: Traced): Promise<void> {
  const path = workloadPath(workload);
  for (let attempt = 1; ; attempt++) {
    const object = await readObject(client, path);
    const subject = object === undefined ? undefined : readSubject(workload.kind, workload.name, object);
    if (object === undefined || subject === undefined) return;
    const body = unstamped(subject);
    if (body === object) return;
    try {
      await client.request({ method: 'PUT', path, body });
      return;
    } catch (error) {
      if (!(error instanceof ApiError && error.conflict && attempt < ATTEMPTS)) throw error;
    }
  }
}

/**
 * Whether the roll-out that the restoring began has come through, or been given up: a pod may still end then. Deletes on the
 * way the pods of a StatefulSet that are held: they never started, and one with OrderedReady pod management replaces none that
 * is not ready.
 */
export async function isThrough(client: Client, workload: Traced): Promise<boolean> {
  const object = await readObject(client, workloadPath(workload));
  if (object === undefined) return true;
  const { settled, generation } = viewRollout(workload.kind, object);
  if (settled) return true;
  const status = objectAt(object, 'status');
  if (workload.kind === 'StatefulSet' && status.observedGeneration === generation) await deleteHeld(client, workload);
  return false;
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
