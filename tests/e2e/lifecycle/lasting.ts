/** What the stories of this layer have in common: orcon as it is deployed, and a consumer that runs through all of them. */
import { expect } from '@jest/globals';
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { get, list } from '../harness/api.ts';
import { held, runningPod, settled, templatesOf } from '../harness/conditions.ts';
import { daemonSet, deployment, provider, statefulSet } from '../harness/manifests.ts';
import { TestNamespace } from '../harness/namespace.ts';
import { OrconDeployment } from '../harness/orcon.ts';

export const MINUTES = 60_000;
/** What most consumers here ask for. */
export const ONE = { consumes: 'sse', relations: 'sse-endpoint' };
/** What nobody provides. */
export const NEVER = { consumes: 'never', relations: 'never' };
export const WEBHOOK_CONFIGURATION =
  '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/relations-mutating-webhook';
export const DEPLOYMENTS = '/apis/apps/v1/namespaces/orcon-system/deployments';

/** Kinds of which the deployment has objects outside its namespace. */
const CLUSTER_SCOPED = [
  '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
  '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
  '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
];

export interface Lasting {
  readonly orcon: OrconDeployment;
  /** With the provider of what {@link ONE} asks for, and the Deployment `veteran`, which was there before the first change. */
  readonly ns: TestNamespace;
  /** What was to be seen before the first change of the pods of {@link STEADY}. */
  readonly steady: readonly string[];
}

/** Consumers that were there before the first change as well, and that nobody edits; the last one is held. */
const STEADY = ['ranked', 'everywhere', 'patient'];

/** Gives what the stories work on, once the first of them begins. */
export type Story = (lasting: () => Lasting) => void;

export async function begin(): Promise<Lasting> {
  const orcon = await OrconDeployment.open();
  const ns = await TestNamespace.make();
  await ns.create(provider('sse-endpoint', 'sse', 'sse.example'));
  await ns.create(deployment(ns.name, 'veteran', ONE));
  await ns.create(statefulSet(ns.name, 'ranked', ONE));
  await ns.create(daemonSet(ns.name, 'everywhere', ONE));
  await ns.create(deployment(ns.name, 'patient', NEVER));
  for (const app of ['veteran', 'ranked', 'everywhere']) await runningPod(ns, app);
  await held(ns, 'patient');
  return { orcon, ns, steady: await steadyPods(ns) };
}

/** Whether the pods of {@link STEADY} are those of the beginning, and no container of theirs was started again. */
export async function nobodyRestarted({ ns, steady }: Lasting): Promise<void> {
  expect(await steadyPods(ns)).toEqual(steady);
}

async function steadyPods(ns: TestNamespace): Promise<readonly string[]> {
  const pods = await Promise.all(STEADY.map((app) => ns.list<V1Pod>('Pod', { labelSelector: `app=${app}` })));
  return pods.flat().map(({ metadata, status }) => {
    const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    return [metadata?.name, metadata?.uid, ...containers.map(({ name, restartCount }) => `${name} ${restartCount}`)].join(' ');
  });
}

/** Whether the veteran still runs in the pod of this uid, never restarted, of this many templates that it ever had. */
export async function veteranUntouched(ns: TestNamespace, uid: string, templates = 1): Promise<void> {
  await settled(ns);
  const pod = await runningPod(ns, 'veteran');
  expect(pod.uid).toBe(uid);
  expect(pod.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  expect(await templatesOf(ns, 'veteran')).toHaveLength(templates);
}

export const imageOf = async (name: string): Promise<string | undefined> =>
  (await get<V1Deployment>(`${DEPLOYMENTS}/${name}`))?.spec?.template.spec?.containers[0]?.image;

export async function leftOutsideTheNamespace(): Promise<readonly string[]> {
  const ours = { labelSelector: 'app.kubernetes.io/part-of=orcon' };
  const found = await Promise.all(CLUSTER_SCOPED.map((path) => list<{ metadata: { name: string } }>(path, ours)));
  return found.flat().map(({ metadata }) => metadata.name);
}
