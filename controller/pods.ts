import { type JsonObject, objectAt, objectsAt, textAt } from '../relations/json.ts';
import { permitOf, readRecord, type StampRecord } from '../relations/record.ts';
import { RELEASED, WORKLOAD } from '../relations/vocabulary.ts';
import { collect } from './collect.ts';
import { corePath } from './key.ts';
import { ApiError } from './kube/api-error.ts';
import type { Client } from './kube/client.ts';

/** What is known of a stamped pod. */
export interface PodView {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The label that finds the pods of its workload. */
  readonly label: string;
  readonly record: StampRecord;
  readonly permit: string;
  /** Whether its kubelet still waits for the permit. */
  readonly waits: boolean;
  /** How often it was touched for its permit. */
  readonly touches: number;
  /** Whether it may still start or run something. */
  readonly living: boolean;
}

/** Reads a pod; undefined for one that bears no stamp. */
export function viewPod(object: JsonObject): PodView | undefined {
  const record = readRecord(object);
  if (record === undefined) return undefined;
  const metadata = objectAt(object, 'metadata');
  const phase = textAt(objectAt(object, 'status'), 'phase');
  const deleting = textAt(metadata, 'deletionTimestamp') !== undefined;
  return {
    namespace: textAt(metadata, 'namespace') ?? '',
    name: textAt(metadata, 'name') ?? '',
    uid: textAt(metadata, 'uid') ?? '',
    label: textAt(objectAt(metadata, 'labels'), WORKLOAD) ?? '',
    record,
    permit: permitOf(record),
    waits: !deleting && phase === 'Pending' && isScheduled(object) && isHeld(object, record),
    touches: touchesOf(textAt(objectAt(metadata, 'annotations'), RELEASED), permitOf(record)),
    living: phase !== 'Succeeded' && phase !== 'Failed',
  };
}

/** Before it has a node nobody waits: its kubelet will begin with a fresh look. */
const isScheduled = (pod: JsonObject): boolean => textAt(objectAt(pod, 'spec'), 'nodeName') !== undefined;

function touchesOf(released: string | undefined, permit: string): number {
  const [of, count = ''] = released?.split(' ') ?? [];
  return of === permit && /^\d{1,6}$/.test(count) ? Number(count) : 0;
}

/** Held by a gate that has not ended well yet, or by a kubelet that misses the permit's key. */
function isHeld(pod: JsonObject, { put }: StampRecord): boolean {
  const status = objectAt(pod, 'status');
  const init = objectsAt(status, 'initContainerStatuses');
  const passed = (gate: string) => init.some(({ name, state }) => name === gate && objectAt(state, 'terminated').exitCode === 0);
  if (Object.keys(put.permits).length === 0) return put.gates.some((gate) => !passed(gate));
  const statuses = [...init, ...objectsAt(status, 'containerStatuses')];
  return (
    statuses.length === 0 ||
    statuses.some(({ state }) => textAt(objectAt(state, 'waiting'), 'reason') === 'CreateContainerConfigError')
  );
}

/** The stamped pods of one namespace that bear one of these labels. */
export const podsLabelled = (client: Client, namespace: string, labels: readonly string[]): Promise<readonly PodView[]> =>
  collect(client, corePath('pods', namespace), { labelSelector: `${WORKLOAD} in (${labels.join(',')})` }, viewPod);

/** Every stamped pod of a namespace, or of all, that has not started. */
export const pendingPods = (client: Client, namespace: string | undefined): Promise<readonly PodView[]> =>
  collect(client, corePath('pods', namespace), { labelSelector: WORKLOAD, fieldSelector: 'status.phase=Pending' }, viewPod);

/** Touches a pod, so that its kubelet looks again at once. A pod that is gone needs no touch. */
export async function touch(client: Client, pod: PodView): Promise<void> {
  const body = { metadata: { uid: pod.uid, annotations: { [RELEASED]: `${pod.permit} ${pod.touches + 1}` } } };
  const path = corePath('pods', pod.namespace, pod.name);
  try {
    await client.request({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
  } catch (error) {
    // Another pod of that name (409: uid in the patch) is the next list's business.
    if (!(error instanceof ApiError && (error.notFound || error.code === 409))) throw error;
  }
}
