import { NAMESPACE_ENABLED, NAMESPACE_OPT_IN } from '../relations/vocabulary.ts';
import type { Client } from './kube/client.ts';
import type { KubeObject } from './kube/kube-object.ts';
import { Reflector } from './kube/reflector.ts';
import { NAMESPACES_PATH, type NamespaceState, type Namespaces, type NamespacesHooks, namespaceState } from './namespaces.ts';

/** Watches the label of all namespaces. */
export class WatchedNamespaces implements Namespaces {
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
