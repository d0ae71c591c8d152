import type { Client } from '../../../controller/kube/client.ts';
import { Slots } from '../../../controller/kube/slots.ts';
import type { Kubectl } from '../../../local/kubectl.ts';
import { objectAt, textAt } from '../../../relations/json.ts';
import { PHASE } from '../../../relations/vocabulary.ts';

const APPS = '/apis/apps/v1';
const CORE = '/api/v1';

export interface ConsumerOptions {
  /** What it consumes and the Service that it is related to bear the same name. */
  readonly service: string;
  readonly replicas?: number;
  readonly image?: string;
  /** Whether it consumes nothing: what it would be without orcon. */
  readonly plain?: boolean;
}

/** A namespace of the embedded cluster that a benchmark plays in, and a watch on its ConfigMaps. */
export class Shop {
  readonly namespace: string;
  readonly client: Client;
  readonly #kubectl: Kubectl;
  readonly #watch = new AbortController();
  /** Called for each event of a ConfigMap; gives whether it has heard what it waits for. */
  readonly #listeners = new Set<(configMap: unknown) => void>();
  #lastEvent = performance.now();

  private constructor(namespace: string, client: Client, kubectl: Kubectl) {
    this.namespace = namespace;
    this.client = client;
    this.#kubectl = kubectl;
  }

  /** Makes the namespace anew. */
  static async open(namespace: string, client: Client, kubectl: Kubectl): Promise<Shop> {
    await kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--timeout=600s');
    await kubectl.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { 'tengu-injector': 'enabled' } },
    });
    const shop = new Shop(namespace, client, kubectl);
    void shop.#listen();
    return shop;
  }

  async close(): Promise<void> {
    this.#watch.abort();
    await this.#kubectl('delete', 'namespace', this.namespace, '--timeout=600s');
  }

  async consumer(name: string, { service, replicas = 0, image = 'app', plain = false }: ConsumerOptions): Promise<void> {
    const container = {
      name: 'app',
      image,
      imagePullPolicy: 'IfNotPresent',
      command: ['sh', '-c', 'echo started; exec sleep 3600'],
    };
    await this.client.request({
      method: 'POST',
      path: `${APPS}/namespaces/${this.namespace}/deployments`,
      body: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name, annotations: plain ? {} : { 'tengu.io/consumes': service, 'tengu.io/relations': service } },
        spec: {
          replicas,
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name } },
            spec: { terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [container] },
          },
        },
      },
    });
  }

  /** A headless one: an address of its own is a second object that the API server writes. */
  async provide(service: string, value = 'first'): Promise<void> {
    await this.client.request({
      method: 'POST',
      path: `${CORE}/namespaces/${this.namespace}/services`,
      body: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: service, labels: { 'tengu.io/provides': service }, annotations: { 'tengu.io/data.value': value } },
        spec: { clusterIP: 'None', ports: [{ port: 80 }] },
      },
    });
  }

  async change(service: string, value: string): Promise<void> {
    const body = { metadata: { annotations: { 'tengu.io/data.value': value } } };
    const path = `${CORE}/namespaces/${this.namespace}/services/${service}`;
    await this.client.request({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
  }

  async withdraw(service: string): Promise<void> {
    await this.client.request({ method: 'DELETE', path: `${CORE}/namespaces/${this.namespace}/services/${service}` });
  }

  /** One bare write: a ConfigMap of the size of those that the controller writes. */
  async bareWrite(name: string): Promise<void> {
    const data = Object.fromEntries(['', '_HOST', '_PORT', '_VALUE'].map((end) => [`BARE${end}`, `bare.${this.namespace}.svc`]));
    const annotations = { note: 'x'.repeat(250) };
    await this.client.request({
      method: 'POST',
      path: `${CORE}/namespaces/${this.namespace}/configmaps`,
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: { bare: 'true' }, annotations }, data },
    });
  }

  async removeBare(): Promise<void> {
    const path = `${CORE}/namespaces/${this.namespace}/configmaps`;
    await this.client.request({ method: 'DELETE', path, query: { labelSelector: 'bare=true' } });
  }

  /** Does so many things, so many of them at the same time. */
  static async each(count: number, atOnce: number, work: (index: number) => Promise<void>): Promise<void> {
    const slots = new Slots(atOnce);
    await Promise.all(Array.from({ length: count }, (_, index) => slots.run(() => work(index))));
  }

  /** Milliseconds from the start of `act` until so many ConfigMaps have been seen in that phase, with that value where one is given. */
  async timeUntil(
    act: () => Promise<void>,
    wanted: { readonly count: number; readonly phase: string; readonly value?: string },
  ): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const seen = new Set<string>();
    const listener = (object: unknown) => {
      const metadata = objectAt(object, 'metadata');
      if (textAt(objectAt(metadata, 'labels'), PHASE) !== wanted.phase) return;
      const values = Object.entries(objectAt(object, 'data'));
      if (wanted.value !== undefined && !values.some(([key, value]) => key.endsWith('_VALUE') && value === wanted.value)) return;
      seen.add(textAt(metadata, 'name') ?? '');
      if (seen.size === wanted.count) resolve();
    };
    this.#listeners.add(listener);
    const start = performance.now();
    const late = setTimeout(() => {
      console.error(`only ${seen.size} of ${wanted.count} ConfigMaps came to say ${wanted.phase} ${wanted.value ?? ''}`);
      resolve();
    }, 180_000);
    await act();
    await promise;
    clearTimeout(late);
    this.#listeners.delete(listener);
    return performance.now() - start;
  }

  /** Waits until no ConfigMap has changed for so long. */
  async quiet(milliseconds: number): Promise<void> {
    while (performance.now() - this.#lastEvent < milliseconds) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  async #listen(): Promise<void> {
    const path = `${CORE}/namespaces/${this.namespace}/configmaps`;
    while (!this.#watch.signal.aborted) {
      try {
        const request = { path, query: { timeoutSeconds: 3600 }, signal: this.#watch.signal, silenceMs: 3_600_000 };
        for await (const line of this.client.watch(request)) {
          this.#lastEvent = performance.now();
          const object = objectAt(line, 'object');
          for (const listener of this.#listeners) listener(object);
        }
      } catch {
        // Ended, or lost: the next one tells of all that is there.
      }
    }
  }
}
