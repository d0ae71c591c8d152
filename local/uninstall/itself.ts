/** What of orcon itself is in a cluster: what `pulumi destroy` takes away. */
import { collect } from '../../controller/collect.ts';
import { formatApiPath } from '../../controller/kube/api-path.ts';
import type { Client } from '../../controller/kube/client.ts';
import { INSTANCE_LABEL, PART_OF_ORCON } from '../../infra/names.ts';
import { type JsonObject, objectAt, objectsAt, textAt } from '../../relations/json.ts';
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

const KINDS = [
  ['MutatingWebhookConfiguration', 'admissionregistration.k8s.io', 'v1', 'mutatingwebhookconfigurations'],
  ['ValidatingAdmissionPolicy', 'admissionregistration.k8s.io', 'v1', 'validatingadmissionpolicies'],
  ['ValidatingAdmissionPolicyBinding', 'admissionregistration.k8s.io', 'v1', 'validatingadmissionpolicybindings'],
  ['ClusterRole', 'rbac.authorization.k8s.io', 'v1', 'clusterroles'],
  ['ClusterRoleBinding', 'rbac.authorization.k8s.io', 'v1', 'clusterrolebindings'],
  ['Role', 'rbac.authorization.k8s.io', 'v1', 'roles'],
  ['RoleBinding', 'rbac.authorization.k8s.io', 'v1', 'rolebindings'],
  ['Deployment', 'apps', 'v1', 'deployments'],
  ['Service', '', 'v1', 'services'],
  ['Namespace', '', 'v1', 'namespaces'],
] as const;

export async function findItself(client: Client): Promise<readonly OwnObject[]> {
  const found = await Promise.all(
    KINDS.map(([kind, group, version, resource]) =>
      collect(client, formatApiPath({ group, version, resource }), { labelSelector: PART_OF_ORCON }, (object) =>
        viewOwn(kind, object),
      ),
    ),
  );
  return found.flat();
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
export function inTheWay(itself: readonly OwnObject[], namespaces: readonly string[]): readonly string[] {
  const configurations = itself.filter(({ kind }) => kind === 'MutatingWebhookConfiguration');
  const covers = (list: readonly string[]) =>
    list.length === 0 || namespaces.length === 0 || namespaces.some((namespace) => list.includes(namespace));
  const served = new Set(configurations.map(({ instance }) => instance));
  return [
    ...configurations
      .filter((configuration) => covers(configuration.namespaces))
      .map(({ name, namespaces: list }) => `${name} is still there and looks after ${list.join(', ') || 'every namespace'}`),
    ...itself
      .filter(({ kind, component, instance }) => kind === 'Deployment' && component === 'controller' && !served.has(instance))
      .map(({ name }) => `${name} is still there`),
  ];
}
