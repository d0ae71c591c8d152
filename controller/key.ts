import { isKind, KINDS, type Kind } from '../relations/kinds.ts';
import { formatApiPath } from './kube/api-path.ts';

/** A workload, as the queue and the log name it: `Deployment/shop/web`. */
export type WorkloadKey = `${Kind}/${string}/${string}`;

export interface WorkloadName {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
}

export const keyOf = ({ kind, namespace, name }: WorkloadName): WorkloadKey => `${kind}/${namespace}/${name}`;

/** The parts of a key. A key is only ever made by `keyOf`, so another text is a defect and throws. */
export function partsOf(key: string): WorkloadName {
  const [kind, namespace, name] = key.split('/');
  if (!isKind(kind) || namespace === undefined || name === undefined) throw new Error(`no key of a workload: ${key}`);
  return { kind, namespace, name };
}

/** The API path of a kind's collection, in one namespace or all. */
export function collectionPath(kind: Kind, namespace?: string): string {
  const [group = '', version = ''] = KINDS[kind].apiVersion.split('/');
  return formatApiPath({ group, version, resource: KINDS[kind].resource, namespace });
}

/** The API path of a workload. */
export const workloadPath = ({ kind, namespace, name }: WorkloadName): string =>
  `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;

/** The API path of a collection of the core group in one namespace, or of one object in it. */
export const corePath = (
  resource: 'configmaps' | 'pods' | 'events' | 'services',
  namespace: string | undefined,
  name?: string,
): string => formatApiPath({ group: '', version: 'v1', resource, namespace, name });
