import { isDnsLabel } from '../relations/names.ts';
import type { Lookup } from '../relations/resolve.ts';
import { type ServiceView, viewService } from '../relations/service.ts';
import type { ClusterView } from './cluster-view.ts';
import { corePath } from './key.ts';
import type { Client } from './kube/client.ts';
import type { Clock } from './kube/clock.ts';
import { readObject } from './read-object.ts';

/** Finds related Services among those that are watched: they bear the label. */
export const watchedServices =
  (cluster: ClusterView, namespace: string): Lookup =>
  (name) =>
    cluster.service(namespace, name);

/** What was heard of a Service answers whoever asks within this time too, milliseconds. */
const MEMORY_MS = 500;

/**
 * Related Services without the label, which nobody watches: for saying that it is the label that is missing, not the Service.
 * One request for each name that the watch does not know and that a Service can have: with any other text the path would be that
 * of something else (`shop/db` of a subresource, which the account may not read). The consumers of a Service that goes away all
 * ask for it at the same moment, so they share an answer.
 */
export class UnwatchedServices {
  readonly #client: Client;
  readonly #cluster: ClusterView;
  readonly #clock: Clock;
  /** By path; the oldest first. */
  readonly #heard = new Map<string, { readonly since: number; readonly service: Promise<ServiceView | undefined> }>();

  constructor(client: Client, cluster: ClusterView, clock: Clock) {
    this.#client = client;
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** Finds these related Services also where the watch does not know them. */
  async lookup(namespace: string, names: readonly string[]): Promise<Lookup> {
    const watched = watchedServices(this.#cluster, namespace);
    const unknown = names.filter((name) => isDnsLabel(name) && watched(name) === undefined);
    const found = new Map<string, ServiceView | undefined>();
    await Promise.all(unknown.map(async (name) => found.set(name, await this.#ask(namespace, name))));
    return (name) => watched(name) ?? found.get(name);
  }

  #ask(namespace: string, name: string): Promise<ServiceView | undefined> {
    const now = this.#clock.now();
    for (const [path, { since }] of this.#heard) {
      if (now - since < MEMORY_MS) break;
      this.#heard.delete(path);
    }
    const path = corePath('services', namespace, name);
    const heard = this.#heard.get(path);
    if (heard !== undefined) return heard.service;
    const service = ask(this.#client, path);
    this.#heard.set(path, { since: now, service });
    service.catch(() => this.#heard.delete(path));
    return service;
  }
}

/** A labelled one is the watch's to tell of: it would also be told by the watch, and by nothing else, that it is gone again. */
async function ask(client: Client, path: string): Promise<ServiceView | undefined> {
  const object = await readObject(client, path);
  const service = object === undefined ? undefined : viewService(object);
  return service?.provides === '' ? service : undefined;
}
