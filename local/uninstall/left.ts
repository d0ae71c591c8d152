/** What is left of orcon's work in a cluster, read and judged; nothing is changed here. */
import { collect } from '../../controller/collect.ts';
import { collectionPath, corePath, type WorkloadName } from '../../controller/key.ts';
import { formatApiPath } from '../../controller/kube/api-path.ts';
import type { Client } from '../../controller/kube/client.ts';
import { type PodView, viewPod } from '../../controller/pods.ts';
import { readObject } from '../../controller/read-object.ts';
import { viewRollout } from '../../controller/rollout.ts';
import { CONTROLLER } from '../../infra/names.ts';
import { type ConfigMapView, viewConfigMap } from '../../relations/configmap.ts';
import { type JsonObject, objectAt, textAt } from '../../relations/json.ts';
import { ALL_KINDS, KINDS, type Kind } from '../../relations/kinds.ts';
import { readSubject } from '../../relations/subject.ts';
import { unstamped } from '../../relations/unstamp.ts';
import { NAMESPACE_ENABLED, NAMESPACE_OPT_IN, RELATIONS_OF, WORKLOAD } from '../../relations/vocabulary.ts';
import { ifAllowed, type Unseen } from './allowed.ts';
import { ownPace } from './own-pace.ts';

/** A workload that bears a trace of orcon's. */
export interface Traced extends WorkloadName {
  /** The ConfigMap that its pods read; undefined where no stamp is left. */
  readonly configMap: string | undefined;
  /** Of a Job: it makes no further pods. */
  readonly finished: boolean;
  /** What replaces its pods, where no roll-out does. */
  readonly ownPace: string | undefined;
}

export interface NamespacedName {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface Left {
  /** Workloads that can be made as their users wrote them. */
  readonly workloads: readonly Traced[];
  /** Those whose pod template cannot be changed any more. */
  readonly jobs: readonly Traced[];
  readonly configMaps: readonly ConfigMapView[];
  /** Stamped pods that run or may still start. */
  readonly pods: readonly PodView[];
  /** By which the controllers agreed on who acts. */
  readonly leases: readonly NamespacedName[];
  /** Namespaces that their users opted in. */
  readonly optedIn: readonly string[];
  readonly unseen: readonly Unseen[];
}

/** Looks at these namespaces, or at all where none is named. Of named ones, what is not essential may be unseen. */
export async function findLeft(client: Client, namespaces: readonly string[]): Promise<Left> {
  const unseen: Unseen[] = [];
  const orUnseen = <T>(kind: string, look: (namespace: string | undefined) => Promise<readonly T[]>) =>
    everywhere<T>(namespaces, (namespace) => {
      if (namespace === undefined) return look(namespace);
      return ifAllowed<readonly T[]>(
        () => look(namespace),
        () => {
          unseen.push({ kind, where: `in ${namespace}` });
          return [];
        },
      );
    });
  const restamped = ALL_KINDS.filter((kind) => KINDS[kind].restamped);
  return {
    workloads: await everywhere(namespaces, (namespace) => findTraced(client, restamped, namespace)),
    ...(await findReaders(client, namespaces)),
    configMaps: await everywhere(namespaces, (namespace) =>
      collect(client, corePath('configmaps', namespace), { labelSelector: RELATIONS_OF }, viewConfigMap),
    ),
    leases: await orUnseen('Lease', (namespace) => findLeases(client, namespace)),
    optedIn: await orUnseen('its Namespace', (namespace) => findOptedIn(client, namespace)),
    unseen,
  };
}

/** Names of those that are opted in: of all, or this one alone, which takes no right in the cluster. */
async function findOptedIn(client: Client, namespace: string | undefined): Promise<readonly string[]> {
  const path = '/api/v1/namespaces';
  if (namespace === undefined) {
    const labels = { labelSelector: `${NAMESPACE_OPT_IN}=${NAMESPACE_ENABLED}` };
    return collect(client, path, labels, (object) => nameOf(object).name);
  }
  const labels = objectAt(objectAt(await readObject(client, `${path}/${namespace}`), 'metadata'), 'labels');
  return textAt(labels, NAMESPACE_OPT_IN) === NAMESPACE_ENABLED ? [namespace] : [];
}

/** The stamped pods, and the Jobs that make them: what may still read a ConfigMap when its workload is restored. */
export async function findReaders(client: Client, namespaces: readonly string[]): Promise<Pick<Left, 'pods' | 'jobs'>> {
  const immutable = ALL_KINDS.filter((kind) => !KINDS[kind].restamped);
  const pods = await everywhere(namespaces, (namespace) =>
    collect(client, corePath('pods', namespace), { labelSelector: WORKLOAD }, viewPod),
  );
  return {
    jobs: await everywhere(namespaces, (namespace) => findTraced(client, immutable, namespace)),
    pods: pods.filter(({ living }) => living),
  };
}

async function everywhere<T>(
  namespaces: readonly string[],
  find: (namespace: string | undefined) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const places = namespaces.length > 0 ? namespaces : [undefined];
  return (await Promise.all(places.map(find))).flat();
}

async function findTraced(client: Client, kinds: readonly Kind[], namespace: string | undefined): Promise<readonly Traced[]> {
  const found = await Promise.all(
    kinds.map((kind) => collect(client, collectionPath(kind, namespace), {}, (object) => viewTraced(kind, object))),
  );
  return found.flat();
}

/** Reads a workload; undefined for one that has nothing of orcon's, and for one that goes anyway. */
function viewTraced(kind: Kind, object: JsonObject): Traced | undefined {
  const { namespace, name } = nameOf(object);
  const subject = readSubject(kind, name, object);
  if (subject === undefined || textAt(objectAt(object, 'metadata'), 'deletionTimestamp') !== undefined) return undefined;
  if (unstamped(subject) === object) return undefined;
  const finished = kind === 'Job' && viewRollout(kind, object).settled;
  const configMap = subject.record?.put.configMap;
  return { kind, namespace, name, configMap, finished, ownPace: ownPace(kind, object) };
}

function findLeases(client: Client, namespace: string | undefined): Promise<readonly NamespacedName[]> {
  const path = formatApiPath({ group: 'coordination.k8s.io', version: 'v1', resource: 'leases', namespace });
  const ours = { fieldSelector: `metadata.name=${CONTROLLER}` };
  return collect(client, path, ours, (lease) => (isOfController(lease) ? nameOf(lease) : undefined));
}

/** It bears no mark but who holds it: a pod of the controller's, or nobody since one gave it back. */
function isOfController(lease: JsonObject): boolean {
  const holder = textAt(objectAt(lease, 'spec'), 'holderIdentity') ?? '';
  return holder === '' || holder.startsWith(`${CONTROLLER}-`);
}

export function nameOf(object: JsonObject): NamespacedName {
  const textOf = (key: string) => textAt(objectAt(object, 'metadata'), key) ?? '';
  return { namespace: textOf('namespace'), name: textOf('name'), uid: textOf('uid') };
}

/** Who still reads a ConfigMap, or will: pods that live, and Jobs that may make further ones. */
export function readersOf(
  { namespace, name }: Pick<NamespacedName, 'namespace' | 'name'>,
  { pods, jobs }: Pick<Left, 'pods' | 'jobs'>,
): readonly string[] {
  return [
    ...pods.filter((pod) => pod.namespace === namespace && pod.record.put.configMap === name).map((pod) => `pod ${pod.name}`),
    ...jobs
      .filter((job) => job.namespace === namespace && job.configMap === name && !job.finished)
      .map((job) => `Job ${job.name}`),
  ];
}

export const isNothing = ({ workloads, jobs, configMaps, leases }: Left): boolean =>
  workloads.length + jobs.length + configMaps.length + leases.length === 0;
