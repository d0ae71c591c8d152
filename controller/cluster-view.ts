import { type ConfigMapView, viewConfigMap, workloadOf } from '../relations/configmap.ts';
import { isObject, type JsonObject } from '../relations/json.ts';
import { ALL_KINDS, KINDS, type Kind } from '../relations/kinds.ts';
import { configMapName } from '../relations/names.ts';
import { type ServiceView, viewService } from '../relations/service.ts';
import { PROVIDES, RELATIONS_OF, RELATIONSHIPS } from '../relations/vocabulary.ts';
import { collectionPath, corePath, keyOf, partsOf, type WorkloadKey, type WorkloadName } from './key.ts';
import type { Client } from './kube/client.ts';
import type { Clock } from './kube/clock.ts';
import type { KubeObject } from './kube/kube-object.ts';
import { type Change, jsonPacking, type Packing } from './kube/projected-objects.ts';
import { Reflector, type ReflectorEvent } from './kube/reflector.ts';
import type { NamespaceState, Namespaces, NamespacesHooks, Watching } from './namespaces.ts';
import { PolledNamespaces } from './polled-namespaces.ts';
import { isSameDemand, type Rollout, type WatchedWorkload, watchWorkload } from './rollout.ts';
import { ServiceIndex } from './service-index.ts';
import { WatchedNamespaces } from './watched-namespaces.ts';

export interface ClusterViewOptions {
  readonly client: Client;
  /** The namespaces to look after; empty for all. */
  readonly namespaces: readonly string[];
  /** Called for each workload that something has changed for. */
  readonly onWorkload: (key: WorkloadKey) => void;
  /** Called for each change of a ConfigMap of ours, with the workload that it is of. */
  readonly onConfigMap: (key: WorkloadKey, before: ConfigMapView | undefined, now: ConfigMapView | undefined) => void;
  /** Called for each change of a workload, with how far its roll-out is; undefined when it is gone. */
  readonly onRollout: (key: WorkloadKey, rollout: Rollout | undefined) => void;
  readonly observe: (resource: string, event: ReflectorEvent) => void;
  readonly clock: Clock;
}

/** Every object that relations depend on, kept current; of each only what is needed. */
export class ClusterView {
  readonly #options: ClusterViewOptions;
  readonly #namespaces: Namespaces;
  readonly #workloads = new Map<Kind, ReadonlyMap<string, Reflector<WatchedWorkload>>>();
  readonly #services: ReadonlyMap<string, Reflector<ServiceView>>;
  readonly #configMaps: ReadonlyMap<string, Reflector<ConfigMapView | undefined>>;
  readonly #index = new ServiceIndex();

  /** Starts to list and watch at once. */
  constructor(options: ClusterViewOptions) {
    this.#options = options;
    const hooks: NamespacesHooks = {
      onChange: (namespace) => this.#namespaceChanged(namespace),
      observe: (event) => options.observe('namespaces', event),
      clock: options.clock,
    };
    this.#namespaces =
      options.namespaces.length === 0
        ? new WatchedNamespaces(options.client, hooks)
        : new PolledNamespaces(options.client, options.namespaces, hooks);
    for (const kind of ALL_KINDS) {
      const project = (object: KubeObject) => watchWorkload(kind, asJson(object));
      this.#workloads.set(
        kind,
        this.#reflectEach(
          (namespace) => collectionPath(kind, namespace),
          KINDS[kind].resource,
          RELATIONSHIPS,
          project,
          jsonPacking<WatchedWorkload>(),
          (change) => this.#workloadChanged(change),
        ),
      );
    }
    this.#services = this.#reflectEach(
      (namespace) => corePath('services', namespace),
      'services',
      PROVIDES,
      (object) => viewService(asJson(object)),
      jsonPacking<ServiceView>(),
      (change) => this.#serviceChanged(change),
    );
    this.#configMaps = this.#reflectEach(
      (namespace) => corePath('configmaps', namespace),
      'configmaps',
      RELATIONS_OF,
      (object) => viewConfigMap(asJson(object)),
      configMapPacking,
      (change) => this.#configMapChanged(change),
    );
  }

  /** Resolves when every list is complete: only then may anything be written. */
  async synced(): Promise<void> {
    await Promise.all(this.#watching().map(({ synced }) => synced));
  }

  /** Resolves when all that was written before this moment is known here. */
  async waitUntilCurrent(): Promise<void> {
    await Promise.all(this.#watching().map((watching) => watching.waitUntilCurrent()));
  }

  /** Rejects when a watch meets a defect of this program; resolves when all have stopped. */
  async failed(): Promise<void> {
    await Promise.all(this.#watching().map(({ failed }) => failed));
  }

  get isSynced(): boolean {
    return this.#watching().every(({ isSynced }) => isSynced);
  }

  /** The moment since which at least one watch has heard nothing, monotonic milliseconds. */
  get lastContact(): number {
    return Math.min(...this.#watching().map(({ lastContact }) => lastContact));
  }

  namespaceState(namespace: string): NamespaceState {
    return this.#namespaces.stateOf(namespace);
  }
  optedIn(): Iterable<string> {
    return this.#namespaces.optedIn();
  }

  workload({ kind, namespace, name }: WorkloadName): WatchedWorkload | undefined {
    return pick(this.#workloads.get(kind), namespace)?.get(`${namespace}/${name}`);
  }
  service(namespace: string, name: string): ServiceView | undefined {
    return pick(this.#services, namespace)?.get(`${namespace}/${name}`);
  }
  configMap({ kind, namespace, name }: WorkloadName): ConfigMapView | undefined {
    return pick(this.#configMaps, namespace)?.get(`${namespace}/${configMapName(kind, name)}`);
  }

  *workloads(): Generator<WatchedWorkload, void, undefined> {
    for (const reflectors of this.#workloads.values()) for (const reflector of reflectors.values()) yield* reflector.values();
  }

  /** Every workload and every workload that a ConfigMap is left of. */
  *keys(): Generator<WorkloadKey, void, undefined> {
    for (const [kind, reflectors] of this.#workloads)
      for (const reflector of reflectors.values()) for (const key of reflector.keys()) yield keyOf(partsOf(`${kind}/${key}`));
    for (const reflector of this.#configMaps.values()) {
      for (const view of reflector.values()) {
        const key = ownerKey(view);
        if (key !== undefined) yield key;
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#watching().map((watching) => watching.stop()));
  }

  /** One reflector over all namespaces, or one for each that is configured, by namespace. */
  #reflectEach<T>(
    path: (namespace: string | undefined) => string,
    resource: string,
    label: string,
    project: (object: KubeObject) => T,
    packing: Packing<T>,
    onChange: (change: Change<T>) => void,
  ): ReadonlyMap<string, Reflector<T>> {
    const { client, namespaces, observe, clock } = this.#options;
    const reflect = (namespace: string | undefined) =>
      new Reflector<T>({
        client,
        path: path(namespace),
        labelSelector: label,
        project,
        packing,
        onChange,
        observe: (event) => observe(resource, event),
        clock,
      });
    if (namespaces.length === 0) return new Map([[everywhere, reflect(undefined)]]);
    return new Map(namespaces.map((namespace) => [namespace, reflect(namespace)] as const));
  }

  #watching(): readonly Watching[] {
    const workloads = [...this.#workloads.values()].flatMap((reflectors) => [...reflectors.values()]);
    return [this.#namespaces, ...workloads, ...this.#services.values(), ...this.#configMaps.values()];
  }

  #workloadChanged({ before, now }: Change<WatchedWorkload>): void {
    const view = now ?? before;
    if (view === undefined) return;
    const key = keyOf(view);
    // Deleted and made anew between two looks: another workload, whose generation begins at 1 again.
    if (before?.uid !== now?.uid) this.#options.onRollout(key, undefined);
    this.#options.onRollout(key, now?.rollout);
    if (before !== undefined && now !== undefined && isSameDemand(before, now)) return;
    this.#index.update(before, now);
    this.#options.onWorkload(key);
  }

  #serviceChanged({ key, before, now }: Change<ServiceView>): void {
    if (before !== undefined && now !== undefined && JSON.stringify(before) === JSON.stringify(now)) return;
    for (const consumer of this.#index.consumersOf(key)) this.#options.onWorkload(consumer);
  }

  #configMapChanged({ before, now }: Change<ConfigMapView | undefined>): void {
    // One that has lost its owner, and whose name does not tell the workload, is still that of the one before.
    const key = ownerKey(now) ?? ownerKey(before);
    if (key === undefined) return;
    this.#options.onConfigMap(key, before, now);
  }

  #namespaceChanged(namespace: string): void {
    for (const key of this.keys()) if (key.split('/')[1] === namespace) this.#options.onWorkload(key);
  }
}

const everywhere = '';

/** The views hold one Map: the values. */
const configMapPacking: Packing<ConfigMapView | undefined> = {
  pack: (view) => (view === undefined ? '' : JSON.stringify({ ...view, values: [...view.values] })),
  unpack: (text) => {
    if (text === '') return undefined;
    const { values, ...rest } = JSON.parse(text);
    return { ...rest, values: new Map(values) };
  },
};

const asJson = (object: KubeObject): JsonObject => (isObject(object) ? object : {});

const pick = <T>(reflectors: ReadonlyMap<string, T> | undefined, namespace: string): T | undefined =>
  reflectors?.get(namespace) ?? reflectors?.get(everywhere);

function ownerKey(view: ConfigMapView | undefined): WorkloadKey | undefined {
  const name = view === undefined ? undefined : workloadOf(view);
  return view === undefined || name === undefined ? undefined : keyOf({ kind: view.kind, namespace: view.namespace, name });
}
