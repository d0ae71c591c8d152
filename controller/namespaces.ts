import { NAMESPACE_ENABLED, NAMESPACE_OPT_IN } from '../relations/vocabulary.ts';
import type { Client } from './kube/client.ts';
import type { Clock } from './kube/clock.ts';
import type { KubeObject } from './kube/kube-object.ts';
import { Reflector, type ReflectorEvent } from './kube/reflector.ts';
import { PolledNamespaces } from './polled-namespaces.ts';

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

/** Watches the label of all namespaces, or looks at the given ones by name: that needs no right beyond them. */
export function watchNamespaces(client: Client, names: readonly string[], hooks: NamespacesHooks): Namespaces {
  return names.length === 0 ? new WatchedNamespaces(client, hooks) : new PolledNamespaces(client, names, hooks);
}

/** Reads a namespace as the API server sends it. */
export function namespaceState({ metadata }: KubeObject): NamespaceState {
  if (metadata.deletionTimestamp !== undefined) return 'terminating';
  return metadata.labels?.[NAMESPACE_OPT_IN] === NAMESPACE_ENABLED ? 'enabled' : 'off';
}

class WatchedNamespaces implements Namespaces {
  readonly #reflector: Reflector<{ readonly name: string; readonly state: NamespaceState }>;

  constructor(client: Client, { onChange, observe, clock }: NamespacesHooks) {
    this.#reflector = new Reflector({
      client,
      path: NAMESPACES_PATH,
      labelSelector: `${NAMESPACE_OPT_IN}=${NAMESPACE_ENABLED}`,
      project: (object: KubeObject) => ({ name: object.metadata.name, state: namespaceState(object) }),
      onChange: ({ key, before, now }) => {
        if (before?.state !== now?.state) onChange(key);
      },
      observe,
      clock,
    });
  }

  get synced(): Promise<void> {
    return this.#reflector.synced;
  }
  get failed(): Promise<void> {
    return this.#reflector.failed;
  }
  get isSynced(): boolean {
    return this.#reflector.isSynced;
  }
  get lastContact(): number {
    return this.#reflector.lastContact;
  }
  waitUntilCurrent(): Promise<void> {
    return this.#reflector.waitUntilCurrent();
  }
  stateOf(namespace: string): NamespaceState {
    return this.#reflector.get(namespace)?.state ?? 'off';
  }
  *optedIn(): Generator<string, void, undefined> {
    for (const { name, state } of this.#reflector.values()) if (state === 'enabled') yield name;
  }
  stop(): Promise<void> {
    return this.#reflector.stop();
  }
}
