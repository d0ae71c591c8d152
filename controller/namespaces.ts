import { NAMESPACE_ENABLED, NAMESPACE_OPT_IN } from '../relations/vocabulary.ts';
import type { Clock } from './kube/clock.ts';
import type { KubeObject } from './kube/kube-object.ts';
import type { Reflector, ReflectorEvent } from './kube/reflector.ts';

/** One that is being deleted takes nothing new, opted in or not. */
export type NamespaceState = 'enabled' | 'terminating' | 'off';

/** What every kind of watch tells about itself; of a reflector of whatever projection. */
export type Watching = Pick<Reflector<unknown>, 'synced' | 'isSynced' | 'lastContact' | 'failed' | 'waitUntilCurrent' | 'stop'>;

/** Which namespaces are opted in. */
export interface Namespaces extends Watching {
  stateOf(namespace: string): NamespaceState;
  optedIn(): Iterable<string>;
}

export interface NamespacesHooks {
  readonly onChange: (namespace: string) => void;
  readonly observe: (event: ReflectorEvent) => void;
  readonly clock: Clock;
}

export const NAMESPACES_PATH = '/api/v1/namespaces';

/** Reads a namespace as the API server sends it. */
export function namespaceState({ metadata }: KubeObject): NamespaceState {
  if (metadata.deletionTimestamp !== undefined) return 'terminating';
  return metadata.labels?.[NAMESPACE_OPT_IN] === NAMESPACE_ENABLED ? 'enabled' : 'off';
}
