import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CoreV1Event, V1ConfigMap, V1Namespace, V1Pod } from '@kubernetes/client-node';
import { kubectlOf } from '../../../local/kubectl.ts';
import type { Kind } from '../../../relations/kinds.ts';
import { configMapName } from '../../../relations/names.ts';
import { NAMESPACE_ENABLED, NAMESPACE_OPT_IN } from '../../../relations/vocabulary.ts';
import { type Answer, create, get, getText, list, merge, type Query, remove } from './api.ts';
import { cluster } from './cluster.ts';
import { type Start, startsIn } from './starts.ts';

const kubectl = kubectlOf(cluster);

/** Kinds that the tests handle, and where the API has them. */
const COLLECTIONS = {
  Deployment: ['apis/apps/v1', 'deployments'],
  StatefulSet: ['apis/apps/v1', 'statefulsets'],
  DaemonSet: ['apis/apps/v1', 'daemonsets'],
  ReplicaSet: ['apis/apps/v1', 'replicasets'],
  ControllerRevision: ['apis/apps/v1', 'controllerrevisions'],
  Job: ['apis/batch/v1', 'jobs'],
  CronJob: ['apis/batch/v1', 'cronjobs'],
  Service: ['api/v1', 'services'],
  ConfigMap: ['api/v1', 'configmaps'],
  Pod: ['api/v1', 'pods'],
  Event: ['api/v1', 'events'],
} as const;
export type Collection = keyof typeof COLLECTIONS;

interface KubeObject {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly generateName?: string };
}

const isCollection = (kind: string): kind is Collection => Object.hasOwn(COLLECTIONS, kind);

export interface NamespaceOptions {
  /** Opted in unless they say otherwise. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly name?: string;
}

export const OPTED_IN: Readonly<Record<string, string>> = { [NAMESPACE_OPT_IN]: NAMESPACE_ENABLED };

/** A namespace of a test's own, and what is done in it. */
export class TestNamespace {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** Makes one, with a name of its own unless it is given one. */
  static async make({ labels = OPTED_IN, name = `e2e-${randomBytes(4).toString('hex')}` }: NamespaceOptions = {}) {
    await create<V1Namespace>('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    return new TestNamespace(name);
  }

  /** Starts its deletion; what is in it goes with it. */
  async delete(): Promise<void> {
    await remove(`/api/v1/namespaces/${this.name}`);
  }

  async label(labels: Readonly<Record<string, string | null>>): Promise<void> {
    await merge(`/api/v1/namespaces/${this.name}`, { metadata: { labels } });
  }

  /** `kubectl` in this namespace. */
  readonly kubectl = (...args: readonly string[]): Promise<string> => kubectl('-n', this.name, ...args);

  /** `kubectl apply` of objects, as a user does it. */
  apply(...objects: readonly KubeObject[]): Promise<string> {
    const items = objects.map((object) => ({ ...object, metadata: { ...object.metadata, namespace: this.name } }));
    return kubectl.apply({ apiVersion: 'v1', kind: 'List', items });
  }

  /** `kubectl apply --server-side` of an object. */
  async applyServerSide(object: KubeObject): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'orcon-e2e-'));
    const file = join(folder, 'manifest.json');
    writeFileSync(file, JSON.stringify(object));
    try {
      return await this.kubectl('apply', '--server-side', '-f', file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  path(collection: Collection, name = ''): string {
    const [group, resource] = COLLECTIONS[collection];
    return `/${group}/namespaces/${this.name}/${resource}${name && `/${name}`}`;
  }

  create<T extends KubeObject>(object: T, query: Query = {}): Promise<Answer<T>> {
    if (!object.kind || !isCollection(object.kind)) throw new Error(`no known kind: ${object.kind}`);
    return create(this.path(object.kind), object, query);
  }

  get<T>(collection: Collection, name: string): Promise<T | undefined> {
    return get<T>(this.path(collection, name));
  }

  /** The object, which has to be there. */
  async read<T>(collection: Collection, name: string): Promise<T> {
    const object = await this.get<T>(collection, name);
    if (object === undefined) throw new Error(`there is no ${collection} ${name} in namespace ${this.name}`);
    return object;
  }

  list<T>(collection: Collection, query: Query = {}): Promise<readonly T[]> {
    return list<T>(this.path(collection), query);
  }

  merge<T>(collection: Collection, name: string, change: object): Promise<Answer<T>> {
    return merge<T>(this.path(collection, name), change);
  }

  remove(collection: Collection, name: string, query: Query = {}): Promise<void> {
    return remove(this.path(collection, name), query);
  }

  /** The pods of an app that live and are not about to end. */
  async pods(app: string): Promise<readonly V1Pod[]> {
    const pods = await this.list<V1Pod>('Pod', { labelSelector: `app=${app}` });
    return pods.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  }

  /** What a container of a pod has said. */
  logs(pod: string, container = 'app'): Promise<string> {
    return getText(`${this.path('Pod', pod)}/log`, { container });
  }

  /** The environment of an app's running container. */
  async environment(pod: string, container = 'app'): Promise<Readonly<Record<string, string>>> {
    const printed = await this.kubectl('exec', pod, '-c', container, '--', 'env');
    return Object.fromEntries(
      printed.split('\n').map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]),
    );
  }

  relations(kind: Kind, name: string): Promise<V1ConfigMap | undefined> {
    return this.get('ConfigMap', configMapName(kind, name));
  }

  /** The Events about an object, oldest first. */
  async events(name: string): Promise<readonly CoreV1Event[]> {
    return this.list('Event', { fieldSelector: `involvedObject.name=${name}` });
  }

  /** Every start of an app container so far. */
  starts(): readonly Start[] {
    return startsIn(this.name);
  }
}
