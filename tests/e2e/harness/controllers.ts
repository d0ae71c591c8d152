/** The controller's replicas on the cluster: who leads, what they say of themselves, and how they are made to come and go. */
import type { V1Deployment, V1Lease, V1Pod } from '@kubernetes/client-node';
import { CONTROLLER, HEALTH_PORT } from '../../../infra/names.ts';
import { get, getText, list, remove } from './api.ts';
import { told } from './conditions.ts';
import { eventually } from './eventually.ts';
import type { TestNamespace } from './namespace.ts';

const NAMESPACE = 'namespaces/orcon-system';
const PODS = `/api/v1/${NAMESPACE}/pods`;
const LEASE = `/apis/coordination.k8s.io/v1/${NAMESPACE}/leases/${CONTROLLER}`;
const REPLICAS = 2;

/** The container of a controller's pod. */
export const CONTAINER = 'controller';

/** Its pods that are not about to end. */
export async function controllers(): Promise<readonly V1Pod[]> {
  const found = await list<V1Pod>(PODS, { labelSelector: 'app.kubernetes.io/component=controller' });
  return found.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
}

const holder = async (): Promise<string> => (await get<V1Lease>(LEASE))?.spec?.holderIdentity ?? '';

/** Waits until a pod holds the lease and works; not one that is named in `former`. */
export function leader(former = ''): Promise<V1Pod & { readonly name: string }> {
  return eventually(`a controller${former && ` other than ${former}`} leads`, async () => {
    const name = await holder();
    const pod = (await controllers()).find(({ metadata }) => metadata?.name === name);
    if (name === former || pod === undefined) throw new Error(`${name || 'nobody'} holds the lease`);
    return (await metric(pod, 'leader')) === 1 ? { ...pod, name } : undefined;
  });
}

/** Waits until every replica is there and ready. */
export async function controllersReady(): Promise<void> {
  await eventually('every controller is ready', async () => {
    const { status, metadata } = (await get<V1Deployment>(`/apis/apps/v1/${NAMESPACE}/deployments/${CONTROLLER}`)) ?? {};
    if (status?.observedGeneration !== metadata?.generation) return undefined;
    return status?.readyReplicas === REPLICAS && status.replicas === REPLICAS ? true : undefined;
  });
}

/**
 * A metric of one replica; of several with these labels the sum.
 *
 * @param labels as they are written, one after the other: `reason="gone"`
 */
export async function metric(pod: V1Pod, name: string, labels = ''): Promise<number> {
  const text = await getText(`${PODS}/${pod.metadata?.name}:${HEALTH_PORT}/proxy/metrics`);
  const line = new RegExp(`^orcon_controller_${name}(\\{.*\\})? (\\S+)$`, 'gm');
  const found = [...text.matchAll(line)].filter(([, labelled]) => (labelled ?? '').includes(labels));
  return found.reduce((sum, [, , value]) => sum + Number(value), 0);
}

/** What one replica has said since it was started, line by line. */
export const logOf = async ({ metadata }: V1Pod): Promise<readonly string[]> =>
  (await getText(`${PODS}/${metadata?.name}/log`)).split('\n');

/** Sends the leader away as a drained node does; the other takes over, and has done all that there was to do. */
export async function replaceLeader(ns: TestNamespace): Promise<void> {
  const { name } = await leader();
  await remove(`${PODS}/${name}`);
  const next = await leader(name);
  await eventually(`${next.name} has been through every workload`, async () =>
    (await metric(next, 'queue_depth')) === 0 && (await metric(next, 'passes_total', 'result="done"')) > 0 ? true : undefined,
  );
  await told(ns);
  await controllersReady();
}
