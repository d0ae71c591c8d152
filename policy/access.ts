/** Rules about rights. */
import { entriesAt, fieldAt, isUnknown, listAt, objectsOf } from './objects.ts';
import { type Rule, shown } from './resource.ts';

const ROLE = /^rbac\.authorization\.k8s\.io\/v1:(Cluster)?Role$/;
const BINDING = /^rbac\.authorization\.k8s\.io\/v1:(Cluster)?RoleBinding$/;

export const noWildcard: Rule = {
  name: 'no-wildcard',
  description: 'Roles name what they allow, and so do those that are bound: a wildcard also allows what comes later.',
  check: (resource) =>
    objectsOf(resource).flatMap(({ kind, object }) => {
      if (ROLE.test(kind)) return ofRole(object);
      return BINDING.test(kind) ? ofBinding(object) : [];
    }),
};

const FIELDS = ['apiGroups', 'resources', 'verbs', 'nonResourceURLs'];

function ofRole(role: unknown): readonly string[] {
  const wild = listAt(role, 'rules').flatMap((rule, index) =>
    FIELDS.map((field) => ({ field, values: listAt(rule, field) }))
      .filter(({ values }) => values.some((value) => `${value}`.includes('*')))
      .map(({ field, values }) => `rules[${index}].${field} is ${shown(values)}: name each`),
  );
  if (entriesAt(role, 'aggregationRule').length === 0) return wild;
  return [...wild, 'aggregationRule takes in the rules of whatever roles bear a label, now or later: list the rules'];
}

/**
 * What a cluster has from the start of ClusterRoles with a wildcard (cluster-admin, those of Kubernetes' own controllers and of who asks
 * kubelets), or with an aggregationRule, into which operators put rules for kinds of their own (admin, edit, view).
 */
const WIDE =
  /^(cluster-admin|admin|edit|view|system:(discovery|monitoring|kube-controller-manager|kubelet-api-admin|controller:.*))$/;

function ofBinding(binding: unknown): readonly string[] {
  const [kind, name] = [fieldAt(binding, 'roleRef.kind'), fieldAt(binding, 'roleRef.name')];
  if (isUnknown(kind) || kind !== 'ClusterRole' || typeof name !== 'string' || !WIDE.test(name)) return [];
  return [`roleRef is the ClusterRole ${name}, which also allows what comes later: bind a role that names what it allows`];
}
