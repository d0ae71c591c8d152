import { type ConfigMapView, viewConfigMap, workloadOf } from '../relations/configmap.ts';
import { isObject, type JsonObject } from '../relations/json.ts';
import { ALL_KINDS, KINDS, type Kind } from '../relations/kinds.ts';
import { configMapName } from '../relations/names.ts';
import { type ServiceView, viewService } from '../relations/service.ts';
import { PROVIDES, RELATIONS_OF, RELATIONSHIPS } from '../relations/vocabulary.ts';
import { viewWorkload, type WorkloadView } from '../relations/workload.ts';
import { collectionPath, corePath, keyOf, type WorkloadKey, type WorkloadName } from './key.ts';
import type { Client } from './kube/client.ts';
import type { KubeObject } from './kube/kube-object.ts';
import type { Change } from './kube/projected-objects.ts';
import { Reflector, type ReflectorEvent } from './kube/reflector.ts';
import { type Namespaces, watchNamespaces } from './namespaces.ts';
import { ServiceIndex } from './service-index.ts';

export interface ClusterViewOptions {
  readonly client: Client;
  /** The namespaces to look after; empty for all. */
  readonly namespaces: readonly string[];
  /** Called for each workload that something has changed for. */
  readonly onWorkload: (key: WorkloadKey) => void;
  /** Called when a ConfigMap of ours went away, with what it last said. */
  readonly onConfigMapGone: (key: WorkloadKey, last: ConfigMapView) => void;
  readonly observe: (resource: string, event: ReflectorEvent) => void;
}

/** A reflector of whatever projection. */
type Watching = Pick<Reflector<unknown>, 'synced' | 'isSynced' | 'lastContact' | 'failed' | 'waitUntilCurrent' | 'stop'>;

/** Every object that relations depend on, kept current; of each only what is needed. */
export class ClusterView {
  readonly #options: ClusterViewOptions;
  readonly #namespaces: Namespaces;
  readonly #workloads = new Map<Kind, ReadonlyMap<string, Reflector<WorkloadView>>>();
  readonly #services: ReadonlyMap<string, Reflector<ServiceView>>;
  readonly #configMaps: ReadonlyMap<string, Reflector<ConfigMapView | undefined>>;
  readonly #index = new ServiceIndex();

  /** Starts to list and watch at once. */
  constructor(options: ClusterViewOptions) {
    this.#options = options;
    this.#namespaces = watchNamespaces(options.client, options.namespaces, {
      onChange: (namespace) => this.#namespaceChanged(namespace),
      observe: (event) => options.observe('namespaces', event),
    });
    for (const kind of ALL_KINDS) {
      const project = (object: KubeObject) => viewWorkload(kind, asJson(object));
      this.#workloads.set(
        kind,
        this.#reflectEach(
          (namespace) => collectionPath(kind, namespace),
          KINDS[kind].resource,
          RELATIONSHIPS,
          project,
          (change) => this.#workloadChanged(change),
        ),
      );
    }
    this.#services = this.#reflectEach(
      (namespace) => corePath('services', namespace),
      'services',
      PROVIDES,
      (object) => viewService(asJson(object)),
      (change) => this.#serviceChanged(change),
    );
    this.#configMaps = this.#reflectEach(
      (namespace) => corePath('configmaps', namespace),
      'configmaps',
      RELATIONS_OF,
      (object) => viewConfigMap(asJson(object)),
      (change) => this.#configMapChanged(change),
    );
  }

  /** Resolves when every list is complete: only then may anything be written. */
  async synced(): Promise<void> {
    await Promise.all([this.#namespaces.synced, ...this.#reflectors().map((reflector) => reflector.synced)]);
  }

  /** Resolves when all that was written before this moment is known here. */
  async waitUntilCurrent(): Promise<void> {
    await Promise.all(this.#reflectors().map((reflector) => reflector.waitUntilCurrent()));
  }

  /** Rejects when a watch meets a defect of this program; resolves when all have stopped. */
  async failed(): Promise<void> {
    await Promise.all(this.#reflectors().map((reflector) => reflector.failed));
  }

  get isSynced(): boolean {
    return this.#namespaces.isSynced && this.#reflectors().every((reflector) => reflector.isSynced);
  }

  /** The moment since which at least one watch has heard nothing, monotonic milliseconds. */
  get lastContact(): number {
    return Math.min(...this.#reflectors().map((reflector) => reflector.lastContact));
  }

  isOptedIn(namespace: string): boolean {
    return this.#namespaces.isOptedIn(namespace);
  }
  optedIn(): Iterable<string> {
    return this.#namespaces.optedIn();
  }

  workload({ kind, namespace, name }: WorkloadName): WorkloadView | undefined {
    return pick(this.#workloads.get(kind), namespace)?.get(`${namespace}/${name}`);
  }
  service(namespace: string, name: string): ServiceView | undefined {
    return pick(this.#services, namespace)?.get(`${namespace}/${name}`);
  }
  configMap({ kind, namespace, name }: WorkloadName): ConfigMapView | undefined {
    return pick(this.#configMaps, namespace)?.get(`${namespace}/${configMapName(kind, name)}`);
  }

  /** Every workload and every workload that a ConfigMap is left of. */
  *keys(): Generator<WorkloadKey, void, undefined> {
    for (const reflectors of this.#workloads.values())
      for (const reflector of reflectors.values()) for (const view of reflector.values()) yield keyOf(view);
    for (const reflector of this.#configMaps.values()) {
      for (const view of reflector.values()) {
        const key = view === undefined ? undefined : ownerKey(view);
        if (key !== undefined) yield key;
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.#namespaces.stop(), ...this.#reflectors().map((reflector) => reflector.stop())]);
  }

  /** One reflector over all namespaces, or one for each that is configured, by namespace. */
  #reflectEach<T>(
    path: (namespace: string | undefined) => string,
    resource: string,
    label: string,
    project: (object: KubeObject) => T,
    onChange: (change: Change<T>) => void,
  ): ReadonlyMap<string, Reflector<T>> {
    const { client, namespaces, observe } = this.#options;
    const reflect = (namespace: string | undefined) =>
      new Reflector<T>({
        client,
        path: path(namespace),
        labelSelector: label,
        project,
        onChange,
        observe: (event) => observe(resource, event),
      });
    if (namespaces.length === 0) return new Map([[everywhere, reflect(undefined)]]);
    return new Map(namespaces.map((namespace) => [namespace, reflect(namespace)] as const));
  }

  #reflectors(): readonly Watching[] {
    const workloads = [...this.#workloads.values()].flatMap((reflectors) => [...reflectors.values()]);
    return [...workloads, ...this.#services.values(), ...this.#configMaps.values()];
  }

  #workloadChanged({ before, now }: Change<WorkloadView>): void {
    this.#index.update(before, now);
    const view = now ?? before;
    if (view !== undefined && !(before !== undefined && now !== undefined && sameDemand(before, now)))
      this.#options.onWorkload(keyOf(view));
  }

  #serviceChanged({ key, before, now }: Change<ServiceView>): void {
    if (before !== undefined && now !== undefined && JSON.stringify(before) === JSON.stringify(now)) return;
    for (const consumer of this.#index.consumersOf(key)) this.#options.onWorkload(consumer);
  }

  #configMapChanged({ before, now }: Change<ConfigMapView | undefined>): void {
    const view = now ?? before;
    const key = view === undefined ? undefined : ownerKey(view);
    if (key === undefined) return;
    if (now === undefined && before !== undefined) this.#options.onConfigMapGone(key, before);
    this.#options.onWorkload(key);
  }

  #namespaceChanged(namespace: string): void {
    for (const key of this.keys()) if (key.split('/')[1] === namespace) this.#options.onWorkload(key);
  }
}

const everywhere = '';

const asJson = (object: KubeObject): JsonObject => (isObject(object) ? object : {});

const pick = <T>(reflectors: ReadonlyMap<string, T> | undefined, namespace: string): T | undefined =>
  reflectors?.get(namespace) ?? reflectors?.get(everywhere);

function ownerKey(view: ConfigMapView): WorkloadKey | undefined {
  const name = workloadOf(view);
  return name === undefined ? undefined : keyOf({ kind: view.kind, namespace: view.namespace, name });
}

/** Whether nothing changed that a pass looks at: a Deployment's status is written many times in each roll-out. */
function sameDemand(before: WorkloadView, now: WorkloadView): boolean {
  return JSON.stringify({ ...before, resourceVersion: '' }) === JSON.stringify({ ...now, resourceVersion: '' });
}
