/** What the tests wait for, in the words of the design. */
import type { V1ConfigMap, V1DaemonSet, V1Deployment, V1Pod, V1ReplicaSet, V1StatefulSet } from '@kubernetes/client-node';
import type { Kind } from '../../../relations/kinds.ts';
import { configMapName } from '../../../relations/names.ts';
import type { Phase } from '../../../relations/phase.ts';
import { PHASE, STATUS } from '../../../relations/vocabulary.ts';
import { eventually } from './eventually.ts';
import { deployment, provider } from './manifests.ts';
import type { TestNamespace } from './namespace.ts';
import { STARTS_FILE } from './starts.ts';

/** Waits until a workload is in a phase, and what the status says contains `text`; gives its ConfigMap. */
export function inPhase(ns: TestNamespace, kind: Kind, name: string, phase: Phase, text = ''): Promise<V1ConfigMap> {
  return eventually(`${kind} ${name} is ${phase}${text && `, and says "${text}"`}`, async () => {
    const found = await ns.get<V1ConfigMap>('ConfigMap', configMapName(kind, name));
    if (found === undefined) throw new Error('it has no ConfigMap');
    const status = found.metadata?.annotations?.[STATUS] ?? '';
    if (found.metadata?.labels?.[PHASE] !== phase || !status.includes(JSON.stringify(text).slice(1, -1))) throw new Error(status);
    return found;
  });
}

/** Whether the gate, container or kubelet, keeps a pod from starting. */
export function isHeld({ status }: V1Pod): boolean {
  const gate = status?.initContainerStatuses?.[0];
  const app = status?.containerStatuses?.[0];
  const byGate = gate?.state?.running !== undefined && app?.started !== true;
  const byKubelet = [gate, app].some((each) => each?.state?.waiting?.reason === 'CreateContainerConfigError');
  return byGate || byKubelet;
}

/** Whether a pod is ready and, where its app notes its starts, has noted the present one: it runs a moment before it says so. */
export function isReady(ns: TestNamespace, { metadata, spec, status }: V1Pod): boolean {
  const ready = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
  if (!ready || !spec?.containers[0]?.command?.some((text) => text.includes(STARTS_FILE))) return ready;
  const restarts = status?.containerStatuses?.[0]?.restartCount ?? 0;
  return ns.starts().filter(({ pod }) => pod === metadata?.name).length > restarts;
}

/** Waits until an app has printed something: its container runs a moment before that. Gives what it printed. */
export const printed = (ns: TestNamespace, pod: string): Promise<string> =>
  eventually(`pod ${pod} has printed something`, async () => (await ns.logs(pod)) || undefined);

/** Waits until an app has this many pods, each held. */
export function held(ns: TestNamespace, app: string, count = 1): Promise<readonly V1Pod[]> {
  return eventually(`${count} pods of ${app} are held`, async () => {
    const pods = await ns.pods(app);
    return pods.length === count && pods.every(isHeld) ? pods : undefined;
  });
}

/** Waits until an app has this many pods, each ready. */
export function running(ns: TestNamespace, app: string, count = 1, seconds?: number): Promise<readonly V1Pod[]> {
  const look = async () => {
    const pods = await ns.pods(app);
    return pods.length === count && pods.every((pod) => isReady(ns, pod)) ? pods : undefined;
  };
  return eventually(`${count} pods of ${app} are ready`, look, seconds);
}

/**
 * In this time pods start whose permit was just given. Untouched, a pod behind a gate container is seen to only after about
 * 80 s, so what takes longer was not released but found by chance.
 */
export const RELEASE_SECONDS = 30;

/** The one pod that an app has once it is ready. */
export async function runningPod(
  ns: TestNamespace,
  app: string,
  seconds?: number,
): Promise<V1Pod & { readonly name: string; readonly uid: string }> {
  const [pod] = await running(ns, app, 1, seconds);
  return { ...pod, name: pod?.metadata?.name ?? '', uid: pod?.metadata?.uid ?? '' };
}

type RollingKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

/** Waits until every pod of a workload is of its newest template and ready, and no older one is left. */
export function rolledOut(ns: TestNamespace, kind: RollingKind, name: string): Promise<void> {
  return eventually(`${kind} ${name} is rolled out`, async () => {
    const object = await ns.read<V1Deployment | V1StatefulSet | V1DaemonSet>(kind, name);
    const { status, metadata } = object;
    if (status === undefined || (status.observedGeneration ?? 0) < (metadata?.generation ?? 0)) return undefined;
    const counts =
      'currentNumberScheduled' in status
        ? [status.desiredNumberScheduled, status.updatedNumberScheduled, status.numberReady]
        : [wantedReplicas(object), status.replicas, status.updatedReplicas, status.readyReplicas];
    const wanted = counts[0] ?? 0;
    if (!counts.every((count) => (count ?? 0) === wanted)) throw new Error(`counts are ${counts.join(', ')}`);
    const pods = await ns.list<V1Pod>('Pod', { labelSelector: `app=${name}` });
    return pods.length === wanted && pods.every((pod) => isReady(ns, pod)) ? true : undefined;
  }).then(() => undefined);
}

const wantedReplicas = ({ spec }: V1Deployment | V1StatefulSet | V1DaemonSet): number =>
  spec && 'replicas' in spec ? (spec.replicas ?? 1) : 0;

/** The ReplicaSets of a Deployment: one for each pod template that it ever had. */
export const templatesOf = (ns: TestNamespace, name: string): Promise<readonly V1ReplicaSet[]> =>
  ns.list<V1ReplicaSet>('ReplicaSet', { labelSelector: `app=${name}` });

let barriers = 0;

/**
 * Waits until the controller has seen everything that happened before: a consumer and a provider that come after it have
 * been seen to. For asserting that something does *not* happen. Gives the consumer's name.
 */
export async function settled(ns: TestNamespace): Promise<string> {
  barriers += 1;
  const name = `barrier-${barriers}`;
  await ns.create(provider(name, 'barrier', 'barrier.example'));
  await ns.create(deployment(ns.name, name, { consumes: 'barrier', relations: name, replicas: 0 }));
  await inPhase(ns, 'Deployment', name, 'Related');
  return name;
}

/** Waits until the controller has written every Event that was due before: it writes them later, in their order. */
export async function told(ns: TestNamespace): Promise<void> {
  const last = await settled(ns);
  await eventually('the Events are written', async () =>
    (await ns.events(last)).some(({ reason }) => reason === 'Related') ? true : undefined,
  );
}
