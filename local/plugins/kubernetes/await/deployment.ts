/** When a Deployment has rolled out, and why not. */
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../../rpc/json.ts';
import { type Listing, nameOf, namespaceOf } from '../objects.ts';
import type { Progress } from './condition.ts';
import { podReasons } from './pods.ts';

/**
 * Judges a live Deployment: the controller has seen this generation, it is available, and as many pods of the present
 * template are ready as are asked for. One of which no ReplicaSet is seen has not come up, whatever it says of itself: so does
 * the original judge (provider/pkg/await/deployment.go), which also takes for not there what it may not list.
 */
export async function deploymentProgress(deployment: JsonObject, objects: Listing): Promise<Progress> {
  const status = objectOf(deployment.status);
  const wanted = numberOf(at(deployment, 'spec', 'replicas'), 1);
  const seen = numberOf(status.observedGeneration) >= numberOf(at(deployment, 'metadata', 'generation'));
  const available = condition(deployment, 'Available');
  const progressing = condition(deployment, 'Progressing');
  const updated = numberOf(status.updatedReplicas);
  const old = numberOf(status.replicas) - updated;
  const rolledOut = updated >= wanted && numberOf(status.readyReplicas) - old >= wanted;
  const complete = progressing === undefined || progressing.reason === 'NewReplicaSetAvailable';
  const newest = await newestSet(deployment, objects);
  if (seen && rolledOut && complete && available?.status === 'True' && newest !== undefined)
    return { ready: true, reasons: [], status: 'Deployment initialization complete' };
  const ready = Math.max(0, numberOf(status.readyReplicas) - Math.max(0, old));
  return {
    ready: false,
    reasons: [...conditionReasons(available, progressing), ...(await podsOf(deployment, newest, objects))],
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

/** The ReplicaSet of the newest template. */
async function newestSet(deployment: JsonObject, objects: Listing): Promise<JsonObject | undefined> {
  const kind = { group: 'apps', version: 'v1', kind: 'ReplicaSet' };
  const sets = await objects.list(kind, namespaceOf(deployment), selectorOf(deployment));
  const newest = sets.filter((set) => ownedBy(set, deployment)).sort((a, b) => revision(b) - revision(a))[0];
  return newest === undefined ? undefined : objectOf(newest);
}

/** What keeps the pods of a ReplicaSet from being ready. */
async function podsOf(deployment: JsonObject, set: JsonObject | undefined, objects: Listing): Promise<readonly string[]> {
  if (set === undefined) return failures(deployment);
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const pods = await objects.list(kind, namespaceOf(deployment), selectorOf(deployment));
  return [...failures(set), ...pods.filter((pod) => ownedBy(pod, set)).flatMap((pod) => podReasons(objectOf(pod)))];
}

const selectorOf = (deployment: JsonObject): string =>
  Object.entries(objectOf(at(deployment, 'spec', 'selector', 'matchLabels')))
    .map(([key, value]) => `${key}=${textOf(value)}`)
    .join(',');

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
