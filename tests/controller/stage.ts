import fastJsonPatch from 'fast-json-patch';
import { admit } from '../../relations/admit.ts';
import type { GateSettings } from '../../relations/gate.ts';
import { KINDS, type Kind } from '../../relations/kinds.ts';
import { configMapName } from '../../relations/names.ts';
import { permitOf, readRecord } from '../../relations/record.ts';
import { FakeApi, type SeenRequest } from '../fake-api/fake-api.ts';
import { type StoredObject, type Tree, treeAt } from '../fake-api/stored-object.ts';
import { ControllerProcess, type ProcessOptions } from './process.ts';

const GATE: GateSettings = { hold: 'container', initContainers: [{ name: 'tengu-gate', image: 'gate' }] };
const MERGE = 'application/merge-patch+json';

export interface ConsumerOptions {
  readonly kind?: Kind;
  readonly consumes?: string;
  readonly relations?: string;
  readonly label?: boolean;
  readonly spec?: Tree;
}

/** A cluster with the namespace `shop` and the webhook's real admission, where the test plays everybody else. */
export class Stage {
  readonly api: FakeApi;
  /** Whether admission works. */
  webhook = true;
  readonly #processes: ControllerProcess[] = [];
  #salts = 0;

  private constructor(api: FakeApi) {
    this.api = api;
  }

  static async open(): Promise<Stage> {
    const stage = new Stage(await FakeApi.start());
    stage.api.store.admission = (object, old, place) => stage.#admit(object, old, place.collection);
    stage.namespace('shop');
    return stage;
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop()));
    await this.api.stop();
  }

  start(options?: ProcessOptions): ControllerProcess {
    const process = new ControllerProcess(this.api, options);
    this.#processes.push(process);
    return process;
  }

  /** Starts a controller and waits until it leads. */
  async leading(options?: ProcessOptions): Promise<ControllerProcess> {
    const process = this.start(options);
    await process.leading();
    return process;
  }

  async restarted(process: ControllerProcess, options?: ProcessOptions): Promise<ControllerProcess> {
    await process.stop();
    return this.leading(options);
  }

  namespace(name: string, labels: Readonly<Record<string, string>> = { 'tengu-injector': 'enabled' }): void {
    this.api.store.create('namespaces', undefined, { metadata: { name, labels } });
  }

  service(name: string, provides: string, port = 80, data: Readonly<Record<string, string>> = {}): void {
    const annotations = Object.fromEntries(Object.entries(data).map(([key, text]) => [`tengu.io/data.${key}`, text]));
    this.api.store.create('services', 'shop', {
      metadata: { name, labels: { 'tengu.io/provides': provides }, annotations },
      spec: { ports: [{ port }] },
    });
  }

  patchService(name: string, patch: Tree): void {
    this.api.store.patch({ collection: 'services', namespace: 'shop', name }, MERGE, patch);
  }
  deleteService(name: string): void {
    this.api.store.delete({ collection: 'services', namespace: 'shop', name }, {});
  }

  consumer(name: string, options: ConsumerOptions = {}): StoredObject {
    const { kind = 'Deployment', consumes = 'db', relations = 'db', label = true, spec = {} } = options;
    const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image: 'app' }] } };
    const inner = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template };
    return this.api.store.create(collectionOf(kind), 'shop', {
      metadata: {
        name,
        labels: label ? { 'tengu.io/relationships': 'full' } : {},
        annotations: { 'tengu.io/consumes': consumes, 'tengu.io/relations': relations },
      },
      spec: { ...inner, ...spec },
    });
  }

  workload(name: string, kind: Kind = 'Deployment'): StoredObject {
    return this.api.store.get({ collection: collectionOf(kind), namespace: 'shop', name });
  }
  patchWorkload(name: string, patch: Tree, kind: Kind = 'Deployment'): void {
    this.api.store.patch({ collection: collectionOf(kind), namespace: 'shop', name }, MERGE, patch);
  }
  deleteWorkload(name: string, kind: Kind = 'Deployment'): void {
    this.api.store.delete({ collection: collectionOf(kind), namespace: 'shop', name }, {});
  }

  /** The Job that a CronJob makes, with all that its Job template says. */
  jobOf(cronJob: string, name: string): void {
    const { annotations, labels, uid } = this.workload(cronJob, 'CronJob').metadata;
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: cronJob, uid, controller: true };
    this.api.store.create('jobs.batch', 'shop', {
      metadata: { name, annotations, labels, ownerReferences: [owner] },
      spec: { template: templateOf(this.workload(cronJob, 'CronJob'), 'CronJob') },
    });
  }

  /** The Deployment's controller has replaced all of its pods. */
  finishRollout(name: string): void {
    const observedGeneration = this.workload(name).metadata.generation;
    this.patchWorkload(name, { status: { observedGeneration, replicas: 1, updatedReplicas: 1, availableReplicas: 1 } });
  }

  /** A pod of the workload's present template, held by its gate on a node. */
  pod(name: string, of: string, kind: Kind = 'Deployment'): StoredObject {
    return this.podOf(name, this.workload(of, kind), kind);
  }
  /** A pod of the template that this version of a workload has. */
  podOf(name: string, workload: StoredObject, kind: Kind): StoredObject {
    const { metadata } = templateOf(workload, kind);
    return this.api.store.create('pods', 'shop', {
      metadata: { ...treeAt({ metadata }, 'metadata'), name },
      spec: { nodeName: 'orcon' },
      status: { phase: 'Pending', initContainerStatuses: [{ name: 'tengu-gate', state: { running: {} } }] },
    });
  }

  /** The pod's gate has ended and its app runs. */
  startPod(name: string): void {
    const gate = { name: 'tengu-gate', state: { terminated: { exitCode: 0 } } };
    this.api.store.patch({ collection: 'pods', namespace: 'shop', name }, MERGE, {
      status: { phase: 'Running', initContainerStatuses: [gate] },
    });
  }
  deletePod(name: string): void {
    this.api.store.delete({ collection: 'pods', namespace: 'shop', name }, {});
  }
  touchOf(name: string): unknown {
    const pod = this.api.store.get({ collection: 'pods', namespace: 'shop', name });
    return treeAt(pod.metadata, 'annotations')['tengu.io/released'];
  }

  /** The ConfigMap of a workload; undefined where there is none. */
  configMap(name: string, kind: Kind = 'Deployment'): StoredObject | undefined {
    const wanted = configMapName(kind, name);
    return this.api.store.list('configmaps', 'shop', ({ metadata }) => metadata.name === wanted)[0];
  }
  deleteConfigMap(name: string, kind: Kind = 'Deployment'): void {
    this.api.store.delete({ collection: 'configmaps', namespace: 'shop', name: configMapName(kind, name) }, {});
  }
  values(name: string, kind: Kind = 'Deployment'): Tree {
    const data = treeAt(this.configMap(name, kind) ?? {}, 'data');
    return Object.fromEntries(Object.entries(data).filter(([key]) => !key.startsWith('TENGU_PERMIT')));
  }
  permits(name: string, kind: Kind = 'Deployment'): readonly string[] {
    return Object.keys(treeAt(this.configMap(name, kind) ?? {}, 'data')).filter((key) => key.startsWith('TENGU_PERMIT'));
  }
  phase(name: string, kind: Kind = 'Deployment'): unknown {
    return treeAt(this.configMap(name, kind)?.metadata ?? {}, 'labels')['tengu.io/phase'];
  }
  /** What the status says in words. */
  message(name: string, kind: Kind = 'Deployment'): string {
    const status = treeAt(this.configMap(name, kind)?.metadata ?? {}, 'annotations')['tengu.io/status'];
    return String(JSON.parse(String(status)).message);
  }
  /** The epoch that the workload's template was stamped or rolled to. */
  epoch(name: string, kind: Kind = 'Deployment'): number | undefined {
    return this.#recordOf(name, kind)?.epoch;
  }

  /** The permit that the pods of its present template wait for. */
  permitOf(name: string, kind: Kind = 'Deployment'): string | undefined {
    const record = this.#recordOf(name, kind);
    return record === undefined ? undefined : permitOf(record);
  }
  #recordOf(name: string, kind: Kind) {
    return readRecord(JSON.parse(JSON.stringify(templateOf(this.workload(name, kind), kind))));
  }

  /** Reasons of the Events on a workload, in the order in which they were written first. */
  events(name: string): readonly string[] {
    return this.api.store
      .list('events', 'shop', (event) => treeAt(event, 'involvedObject').name === name)
      .sort((a, b) => Number(a.metadata.createdAs) - Number(b.metadata.createdAs))
      .map(({ reason }) => String(reason));
  }

  /** What was sent to change something, but for the lease, from a moment on. */
  writes(since = 0): readonly SeenRequest[] {
    const reading = new Set(['get', 'list', 'watch']);
    return this.api.requests
      .slice(since)
      .filter(({ verb, resource }) => !reading.has(verb) && resource !== 'leases.coordination.k8s.io');
  }
  get now(): number {
    return this.api.requests.length;
  }

  #admit(object: StoredObject, old: StoredObject | undefined, collection: string): StoredObject {
    if (collection === 'events' && old === undefined)
      return { ...object, metadata: { ...object.metadata, createdAs: this.api.store.revision } };
    const kind = kindOf(collection);
    if (kind === undefined || !this.webhook) return object;
    const { namespace = '', name } = object.metadata;
    const operation = old === undefined ? 'CREATE' : 'UPDATE';
    const salt = () => {
      this.#salts += 1;
      return `salt${this.#salts}`;
    };
    const { patch } = admit({ operation, kind, namespace, name, object, oldObject: old }, GATE, salt);
    return fastJsonPatch.applyPatch(structuredClone(object), [...patch]).newDocument;
  }
}

const collectionOf = (kind: Kind): string => `${KINDS[kind].resource}.${KINDS[kind].apiVersion.split('/')[0]}`;

function kindOf(collection: string): Kind | undefined {
  for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'] as const)
    if (collectionOf(kind) === collection) return kind;
  return undefined;
}

function templateOf(workload: StoredObject, kind: Kind): Tree {
  let at: Tree = workload;
  for (const key of KINDS[kind].template) at = treeAt(at, key);
  return at;
}
