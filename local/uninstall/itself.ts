/** What of orcon itself is in a cluster: what `pulumi destroy` takes away. */
import { collect } from '../../controller/collect.ts';
import { formatApiPath } from '../../controller/kube/api-path.ts';
import type { Client } from '../../controller/kube/client.ts';
import { INSTANCE_LABEL, PART_OF_ORCON } from '../../infra/names.ts';
import { type JsonObject, objectAt, objectsAt, textAt } from '../../relations/json.ts';
import { ifAllowed, type Unseen } from './allowed.ts';
import { nameOf } from './left.ts';

/** One of orcon's own objects. */
export interface OwnObject {
  /** Kind, namespace if any, and name: `Deployment orcon-system/relations-controller`. */
  readonly name: string;
  readonly kind: string;
  readonly instance: string | undefined;
  readonly component: string | undefined;
  /** Of a webhook configuration: the namespaces that it looks after, empty for all. */
  readonly namespaces: readonly string[];
}

/** What is there of orcon itself, as far as the user may look. */
export interface Itself {
  readonly objects: readonly OwnObject[];
  readonly unseen: readonly Unseen[];
}

const IN_CLUSTER = [
  ['MutatingWebhookConfiguration', 'admissionregistration.k8s.io', 'v1', 'mutatingwebhookconfigurations'],
  ['ValidatingAdmissionPolicy', 'admissionregistration.k8s.io', 'v1', 'validatingadmissionpolicies'],
  ['ValidatingAdmissionPolicyBinding', 'admissionregistration.k8s.io', 'v1', 'validatingadmissionpolicybindings'],
  ['ClusterRole', 'rbac.authorization.k8s.io', 'v1', 'clusterroles'],
  ['ClusterRoleBinding', 'rbac.authorization.k8s.io', 'v1', 'clusterrolebindings'],
  ['Namespace', '', 'v1', 'namespaces'],
] as const;
const IN_NAMESPACES = [
  ['Role', 'rbac.authorization.k8s.io', 'v1', 'roles'],
  ['RoleBinding', 'rbac.authorization.k8s.io', 'v1', 'rolebindings'],
  ['Deployment', 'apps', 'v1', 'deployments'],
  ['Service', '', 'v1', 'services'],
] as const;
type OwnKind = (typeof IN_CLUSTER | typeof IN_NAMESPACES)[number];

/**
 * Looks in the whole cluster. Who looks after some namespaces and may look no further sees what is in those, and is told what
 * could not be seen.
 */
export async function findItself(client: Client, namespaces: readonly string[]): Promise<Itself> {
  const looks = await Promise.all([
    ...IN_CLUSTER.map((kind) => lookInCluster(client, kind, namespaces)),
    ...IN_NAMESPACES.map((kind) => lookInNamespaces(client, kind, namespaces)),
  ]);
  return { objects: looks.flatMap(({ objects }) => objects), unseen: looks.flatMap(({ unseen }) => unseen) };
}

const seen = (objects: readonly OwnObject[]): Itself => ({ objects, unseen: [] });
const notSeen = (kind: string, where: string): Itself => ({ objects: [], unseen: [{ kind, where }] });

const listOwn = (client: Client, [kind, group, version, resource]: OwnKind, namespace?: string): Promise<readonly OwnObject[]> =>
  collect(client, formatApiPath({ group, version, resource, namespace }), { labelSelector: PART_OF_ORCON }, (object) =>
    viewOwn(kind, object),
  );

async function lookInCluster(client: Client, kind: OwnKind, namespaces: readonly string[]): Promise<Itself> {
  const look = async () => seen(await listOwn(client, kind));
  return namespaces.length === 0 ? look() : ifAllowed(look, () => notSeen(kind[0], 'in the cluster'));
}

async function lookInNamespaces(client: Client, kind: OwnKind, namespaces: readonly string[]): Promise<Itself> {
  const look = async () => seen(await listOwn(client, kind));
  if (namespaces.length === 0) return look();
  return ifAllowed(look, async () => {
    const looks = await Promise.all(
      namespaces.map((namespace) =>
        ifAllowed(
          async () => seen(await listOwn(client, kind, namespace)),
          () => notSeen(kind[0], `in ${namespace}`),
        ),
      ),
    );
    const outside = notSeen(kind[0], `outside ${namespaces.join(', ')}`);
    const all = [outside, ...looks];
    return { objects: all.flatMap(({ objects }) => objects), unseen: all.flatMap(({ unseen }) => unseen) };
  });
}

function viewOwn(kind: string, object: JsonObject): OwnObject {
  const { namespace, name } = nameOf(object);
  const labels = objectAt(objectAt(object, 'metadata'), 'labels');
  return {
    name: `${kind} ${namespace && `${namespace}/`}${name}`,
    kind,
    instance: textAt(labels, INSTANCE_LABEL),
    component: textAt(labels, 'app.kubernetes.io/component'),
    namespaces: selectedNamespaces(object),
  };
}

/** The namespaces that a webhook configuration lists; none where it looks after all, and for other kinds. */
export function selectedNamespaces(configuration: unknown): readonly string[] {
  const expressions = objectsAt(configuration, 'webhooks').flatMap((webhook) =>
    objectsAt(objectAt(webhook, 'namespaceSelector'), 'matchExpressions'),
  );
  const lists = expressions
    .filter(({ key, operator }) => key === 'kubernetes.io/metadata.name' && operator === 'In')
    .map(({ values }) => (Array.isArray(values) ? values.map(String) : []));
  return lists.flat();
}

/**
 * What would undo the cleaning of these namespaces (of all, where none is named), a line each: a webhook configuration stamps
 * again whatever is restored, and a controller writes its ConfigMap anew. Other instances may go on in namespaces of theirs.
 */
export function inTheWay({ objects }: Pick<Itself, 'objects'>, namespaces: readonly string[]): readonly string[] {
  const configurations = objects.filter(({ kind }) => kind === 'MutatingWebhookConfiguration');
  const covers = (list: readonly string[]) =>
    list.length === 0 || namespaces.length === 0 || namespaces.some((namespace) => list.includes(namespace));
  const served = new Set(configurations.map(({ instance }) => instance));
  return [
    ...configurations
      .filter((configuration) => covers(configuration.namespaces))
      .map(({ name, namespaces: list }) => `${name} is still there and looks after ${list.join(', ') || 'every namespace'}`),
    ...objects
      .filter(({ kind, component, instance }) => kind === 'Deployment' && component === 'controller' && !served.has(instance))
      .map(({ name }) => `${name} is still there`),
  ];
}
