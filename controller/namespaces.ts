import { NAMESPACE_ENABLED, NAMESPACE_OPT_IN } from '../relations/vocabulary.ts';
import { ApiError, isApiTrouble } from './kube/api-error.ts';
import type { Client } from './kube/client.ts';
import { type Clock, pause, systemClock } from './kube/clock.ts';
import { isKubeObject, type KubeObject } from './kube/kube-object.ts';
import { Reflector, type ReflectorEvent } from './kube/reflector.ts';

/** Which namespaces are opted in. One that is being deleted is not: nothing can be created there any more. */
export interface Namespaces {
  readonly synced: Promise<void>;
  readonly isSynced: boolean;
  isOptedIn(namespace: string): boolean;
  optedIn(): Iterable<string>;
  stop(): Promise<void>;
}

export interface NamespacesHooks {
  readonly onChange: (namespace: string) => void;
  readonly observe: (event: ReflectorEvent) => void;
  readonly clock?: Clock;
}

const path = '/api/v1/namespaces';

/** Watches the label of all namespaces, or looks at the given ones by name: that needs no right beyond them. */
export function watchNamespaces(client: Client, names: readonly string[], hooks: NamespacesHooks): Namespaces {
  return names.length === 0 ? new WatchedNamespaces(client, hooks) : new PolledNamespaces(client, names, hooks);
}

class WatchedNamespaces implements Namespaces {
  /** Its projection of a namespace is the name, undefined for one that is being deleted. */
  readonly #reflector: Reflector<string | undefined>;

  constructor(client: Client, { onChange, observe }: NamespacesHooks) {
    this.#reflector = new Reflector<string | undefined>({
      client,
      path,
      labelSelector: `${NAMESPACE_OPT_IN}=${NAMESPACE_ENABLED}`,
      project: ({ metadata }) => (metadata.deletionTimestamp === undefined ? metadata.name : undefined),
      onChange: ({ key, before, now }) => {
        if (before !== now) onChange(key);
      },
      observe,
    });
  }

  get synced(): Promise<void> {
    return this.#reflector.synced;
  }
  get isSynced(): boolean {
    return this.#reflector.isSynced;
  }
  isOptedIn(namespace: string): boolean {
    return this.#reflector.get(namespace) !== undefined;
  }
  *optedIn(): Generator<string, void, undefined> {
    for (const name of this.#reflector.values()) if (name !== undefined) yield name;
  }
  stop(): Promise<void> {
    return this.#reflector.stop();
  }
}

const lookEveryMs = 15_000;

class PolledNamespaces implements Namespaces {
  readonly synced: Promise<void>;
  isSynced = false;
  readonly #client: Client;
  readonly #names: readonly string[];
  readonly #hooks: NamespacesHooks;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #state = new Map<string, boolean>();

  constructor(client: Client, names: readonly string[], hooks: NamespacesHooks) {
    this.#client = client;
    this.#names = names;
    this.#hooks = hooks;
    this.#clock = hooks.clock ?? systemClock;
    const first = Promise.withResolvers<void>();
    this.synced = first.promise;
    this.#running = this.#run(first.resolve);
  }

  isOptedIn(namespace: string): boolean {
    return this.#state.get(namespace) ?? false;
  }
  *optedIn(): Generator<string, void, undefined> {
    for (const [name, enabled] of this.#state) if (enabled) yield name;
  }
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(synced: () => void): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const looks = await Promise.all(this.#names.map((name) => this.#look(name)));
      if (looks.every((seen) => seen)) {
        this.isSynced = true;
        synced();
      }
      await pause(this.#clock, lookEveryMs, this.#stop.signal);
    }
  }

  /** Gives whether the namespace could be looked at; one that is not there counts as seen. */
  async #look(name: string): Promise<boolean> {
    try {
      const object = await this.#client.request({ method: 'GET', path: `${path}/${name}`, signal: this.#stop.signal });
      this.#note(name, isKubeObject(object) && isEnabled(object));
      return true;
    } catch (error) {
      if (this.#stop.signal.aborted) return false;
      if (!isApiTrouble(error)) throw error;
      if (error instanceof ApiError && error.notFound) {
        this.#note(name, false);
        return true;
      }
      this.#hooks.observe({ type: 'retrying', error, delayMs: lookEveryMs });
      return false;
    }
  }

  #note(name: string, enabled: boolean): void {
    if ((this.#state.get(name) ?? false) === enabled) return;
    this.#state.set(name, enabled);
    this.#hooks.onChange(name);
  }
}

const isEnabled = ({ metadata }: KubeObject): boolean =>
  metadata.deletionTimestamp === undefined && metadata.labels?.[NAMESPACE_OPT_IN] === NAMESPACE_ENABLED;
