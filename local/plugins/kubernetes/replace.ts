/** Which changes Kubernetes refuses on an existing object, so that the object has to be replaced. */
import type { Json, JsonObject } from '../rpc/json.ts';
import { covers, parsePath, type Step } from '../rpc/paths.ts';
import { kindOf } from './kinds.ts';
import type { Settings } from './settings.ts';

/** Properties of every kind that make its identity. */
const IDENTITY = ['metadata.name', 'metadata.namespace'];

/**
 * Immutable properties by group and kind, as the official provider has them. Its table leaves DaemonSet out (by a
 * misspelling); there the API server's answer tells.
 */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  '/ConfigMap': ['data', 'binaryData'],
  '/Secret': ['type', 'data', 'stringData'],
  '/Service': ['spec.clusterIP'],
  '/PersistentVolumeClaim': ['spec'],
  '/ResourceQuota': ['spec.scopes'],
  'apps/Deployment': ['spec.selector'],
  'apps/StatefulSet': [
    'spec.podManagementPolicy',
    'spec.revisionHistoryLimit',
    'spec.selector',
    'spec.serviceName',
    'spec.volumeClaimTemplates',
  ],
  'batch/Job': ['spec.completions', 'spec.parallelism', 'spec.selector', 'spec.template'],
  'rbac.authorization.k8s.io/RoleBinding': ['roleRef'],
  'rbac.authorization.k8s.io/ClusterRoleBinding': ['roleRef'],
  'storage.k8s.io/StorageClass': ['parameters', 'provisioner'],
};
const MUTABLE_SECRET = ['type'];

/** The paths whose change replaces an object like this one. */
export function immutablePaths(
  object: JsonObject,
  settings: Pick<Settings, 'secretMutable' | 'configMapMutable'>,
): readonly (readonly Step[])[] {
  const { group, kind } = kindOf(object);
  const key = `${group}/${kind}`;
  return [...IDENTITY, ...ofKind(key, settings)].map(parsePath);
}

function ofKind(key: string, settings: Pick<Settings, 'secretMutable' | 'configMapMutable'>): readonly string[] {
  if (key === '/Secret' && settings.secretMutable) return MUTABLE_SECRET;
  if (key === '/ConfigMap' && settings.configMapMutable) return [];
  return IMMUTABLE[key] ?? [];
}

/** The immutable paths that lie below a value that is not known yet and that the object has set: they may change. */
export function pathsBelow(
  path: readonly Step[],
  before: Json | undefined,
  immutable: readonly (readonly Step[])[],
): readonly (readonly Step[])[] {
  return immutable.filter((each) => each.length > path.length && covers(path, each) && reach(before, each.slice(path.length)));
}

function reach(value: Json | undefined, path: readonly Step[]): boolean {
  const [step, ...rest] = path;
  if (step === undefined) return value !== undefined;
  return typeof value === 'object' && value !== null && reach(Reflect.get(value, step), rest);
}
