import { ApiError, ConnectionError, isApiTrouble } from './kube/api-error.ts';
import type { Client } from './kube/client.ts';
import { type Clock, pause } from './kube/clock.ts';
import { isKubeObject } from './kube/kube-object.ts';
import { NAMESPACES_PATH, type NamespaceState, type Namespaces, type NamespacesHooks, namespaceState } from './namespaces.ts';

const LOOK_EVERY_MS = 15_000;

/** Looks at a few namespaces by name, again and again: to watch them would need the right to see all. */
export class PolledNamespaces implements Namespaces {
  readonly synced: Promise<void>;
  readonly failed: Promise<void>;
  isSynced = false;
  lastContact: number;
  readonly #client: Client;
  readonly #names: readonly string[];
  readonly #hooks: NamespacesHooks;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #states = new Map<string, NamespaceState>();

  constructor(client: Client, names: readonly string[], hooks: NamespacesHooks) {
    this.#client = client;
    this.#names = names;
    this.#hooks = hooks;
    this.#clock = hooks.clock;
    this.lastContact = this.#clock.now();
    const first = Promise.withResolvers<void>();
    this.synced = first.promise;
    this.failed = this.#run(first.resolve);
  }

  stateOf(namespace: string): NamespaceState {
    return this.#states.get(namespace) ?? 'off';
  }
  *optedIn(): Generator<string, void, undefined> {
    for (const [name, state] of this.#states) if (state === 'enabled') yield name;
  }
  /** Looks until every one has been seen. */
  async waitUntilCurrent(): Promise<void> {
    while (!this.#stop.signal.aborted && !(await this.#lookAtAll())) await pause(this.#clock, LOOK_EVERY_MS, this.#stop.signal);
  }
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.failed.catch(() => undefined);
  }

  async #run(synced: () => void): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (await this.#lookAtAll()) {
        this.isSynced = true;
        synced();
      }
      await pause(this.#clock, LOOK_EVERY_MS, this.#stop.signal);
    }
  }

  /** Gives whether all could be looked at. */
  async #lookAtAll(): Promise<boolean> {
    const began = this.#clock.now();
    const looks = await Promise.all(this.#names.map((name) => this.#look(name)));
    const complete = looks.every((seen) => seen);
    if (complete) this.lastContact = began;
    return complete;
  }

  /** Gives whether the namespace could be looked at; one that is not there counts as seen. */
  async #look(name: string): Promise<boolean> {
    const path = `${NAMESPACES_PATH}/${name}`;
    try {
      const object = await this.#client.request({ method: 'GET', path, signal: this.#stop.signal });
      if (!isKubeObject(object)) throw new ConnectionError({ verb: 'get', path }, 'malformed', 'the answer is no Namespace');
      this.#note(name, namespaceState(object));
      return true;
    } catch (error) {
      if (this.#stop.signal.aborted) return false;
      if (!isApiTrouble(error)) throw error;
      if (error instanceof ApiError && error.notFound) {
        this.#note(name, 'off');
        return true;
      }
      this.#hooks.observe({ type: 'retrying', error, delayMs: LOOK_EVERY_MS });
      return false;
    }
  }

  #note(name: string, state: NamespaceState): void {
    if (this.stateOf(name) === state) return;
    this.#states.set(name, state);
    this.#hooks.onChange(name);
  }
}
