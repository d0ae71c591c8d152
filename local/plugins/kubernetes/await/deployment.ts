/** When a Deployment has rolled out, and why not. */
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../../rpc/json.ts';
import { nameOf, namespaceOf, type Objects } from '../objects.ts';
import type { Progress } from './condition.ts';
import { podReasons } from './pods.ts';

/**
 * Judges a live Deployment: the controller has seen this generation, it is available, and as many pods of the present
 * template are ready as are asked for.
 */
export async function deploymentProgress(deployment: JsonObject, objects: Objects): Promise<Progress> {
  const status = objectOf(deployment.status);
  const wanted = numberOf(at(deployment, 'spec', 'replicas'), 1);
  const seen = numberOf(status.observedGeneration) >= numberOf(at(deployment, 'metadata', 'generation'));
  const available = condition(deployment, 'Available');
  const progressing = condition(deployment, 'Progressing');
  const updated = numberOf(status.updatedReplicas);
  const old = numberOf(status.replicas) - updated;
  const rolledOut = updated >= wanted && numberOf(status.readyReplicas) - old >= wanted;
  const complete = progressing === undefined || progressing.reason === 'NewReplicaSetAvailable';
  if (seen && rolledOut && complete && available?.status === 'True')
    return { ready: true, reasons: [], status: 'Deployment initialization complete' };
  const ready = Math.max(0, numberOf(status.readyReplicas) - Math.max(0, old));
  return {
    ready: false,
    reasons: [...conditionReasons(available, progressing), ...(await podsOf(deployment, objects))],
    status: `Waiting for app ReplicaSet be available (${ready}/${wanted} Pods available)`,
  };
}

/** The Deployment's status `type` of its conditions. */
function condition(object: JsonObject, type: string): JsonObject | undefined {
  return arrayOf(at(object, 'status', 'conditions')).find((each): each is JsonObject => isObject(each) && each.type === type);
}

function conditionReasons(available: JsonObject | undefined, progressing: JsonObject | undefined): readonly string[] {
  const stuck = progressing?.status === 'False' ? [`[${progressing.reason}] ${progressing.message}`] : [];
  const shortage =
    available?.status === 'True'
      ? 'Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live' // the old ones serve on
      : 'Minimum number of live Pods was not attained';
  return [shortage, ...stuck];
}

/** What keeps the pods of the newest template from being ready. */
async function podsOf(deployment: JsonObject, objects: Objects): Promise<readonly string[]> {
  const namespace = namespaceOf(deployment);
  const labels = objectOf(at(deployment, 'spec', 'selector', 'matchLabels'));
  const selector = Object.entries(labels)
    .map(([key, value]) => `${key}=${textOf(value)}`)
    .join(',');
  const sets = await objects.list({ group: 'apps', version: 'v1', kind: 'ReplicaSet' }, namespace, selector);
  const newest = sets.filter((set) => ownedBy(set, deployment)).sort((a, b) => revision(b) - revision(a))[0];
  if (newest === undefined) return failures(deployment);
  const pods = await objects.list({ group: '', version: 'v1', kind: 'Pod' }, namespace, selector);
  const set = objectOf(newest);
  return [...failures(set), ...pods.filter((pod) => ownedBy(pod, set)).flatMap((pod) => podReasons(objectOf(pod)))];
}

/** Pods that could not even be created, as by a quota or an admission webhook. */
function failures(object: JsonObject): readonly string[] {
  const failed = condition(object, 'ReplicaFailure');
  return failed?.status === 'True' ? [`[${object.kind ?? 'ReplicaSet'} ${nameOf(object)}]: ${failed.message}`] : [];
}

function ownedBy(object: Json, owner: JsonObject): boolean {
  return arrayOf(at(object, 'metadata', 'ownerReferences')).some(
    (reference) => at(reference, 'uid') === at(owner, 'metadata', 'uid'),
  );
}

function revision(set: Json): number {
  return Number(at(set, 'metadata', 'annotations', 'deployment.kubernetes.io/revision') ?? 0);
}

function numberOf(value: Json | undefined, otherwise = 0): number {
  return typeof value === 'number' ? value : otherwise;
}
