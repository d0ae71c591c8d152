import { type ConfigMapView, type Content, renderConfigMap, sameContent, viewConfigMap } from '../relations/configmap.ts';
import { isObject, type JsonObject, objectAt } from '../relations/json.ts';
import { configMapName } from '../relations/names.ts';
import type { ClusterView } from './cluster-view.ts';
import { corePath, keyOf, partsOf, type WorkloadKey, type WorkloadName } from './key.ts';
import { ApiError } from './kube/api-error.ts';
import type { Client } from './kube/client.ts';

/** A ConfigMap of the name that ours would have, which is not ours: nothing of it is touched. */
export class ForeignConfigMap extends Error {}

/** The resourceVersion of a ConfigMap that is not there. */
const NONE = '';

/** What this process wrote and the watch has not told yet. */
interface Written {
  /** The versions that it was written over. */
  readonly superseded: ReadonlySet<string>;
  /** What came of it; undefined after a deletion. */
  readonly view: ConfigMapView | undefined;
}

/**
 * Reads and writes the ConfigMaps of relations. What was written is known here at once, before the watch tells it, so that two
 * passes in a row do not write the same twice, however far behind the watch is.
 */
export class ConfigMaps {
  readonly #client: Client;
  readonly #cluster: ClusterView;
  readonly #written = new Map<WorkloadKey, Written>();
  /** What ConfigMaps said that somebody deleted, until they are written again. */
  readonly #lost = new Map<WorkloadKey, ConfigMapView>();

  constructor(client: Client, cluster: ClusterView) {
    this.#client = client;
    this.#cluster = cluster;
  }

  /** The ConfigMap of a workload as it is now, as far as this process can know. */
  get(workload: WorkloadName): ConfigMapView | undefined {
    const watched = this.#cluster.configMap(workload);
    const written = this.#written.get(keyOf(workload));
    return written?.superseded.has(watched?.resourceVersion ?? NONE) ? written.view : watched;
  }

  /** What the ConfigMap of a workload said before somebody deleted it; undefined where nobody did, or it is there again. */
  lost(workload: WorkloadName): ConfigMapView | undefined {
    return this.#lost.get(keyOf(workload));
  }

  /**
   * Takes note of what the watch tells.
   *
   * @returns whether it is more than what this process wrote itself
   */
  watched(key: WorkloadKey, before: ConfigMapView | undefined, now: ConfigMapView | undefined): boolean {
    const written = this.#written.get(key);
    if (now !== undefined) {
      this.#lost.delete(key);
      if (!written?.superseded.has(now.resourceVersion)) this.#written.delete(key);
      return written?.view?.resourceVersion !== now.resourceVersion;
    }
    // Ours, which the watch tells late, or one that took the place of the one that is gone.
    const isOld = written !== undefined && written.view?.uid !== before?.uid;
    if (isOld && written.view !== undefined) return true;
    this.#written.delete(key);
    const last = written?.view ?? before;
    const owner = this.#cluster.workload(partsOf(key));
    if (!isOld && last !== undefined && owner?.deleting === false && isOwner(last, owner.uid)) this.#lost.set(key, last);
    return true;
  }

  /** Forgets what a ConfigMap said that somebody deleted. */
  forget(workload: WorkloadName): void {
    this.#lost.delete(keyOf(workload));
  }

  /**
   * Makes the ConfigMap of a workload say `content`, and makes the workload its owner. Writes nothing where it does already.
   *
   * @param before what `content` was computed from
   * @returns whether something was written
   * @throws ForeignConfigMap where one of that name is not ours; ApiError with `conflict` where somebody wrote in between
   */
  async write(
    workload: WorkloadName & { readonly uid: string },
    content: Content,
    before: ConfigMapView | undefined,
  ): Promise<boolean> {
    if (before === undefined) {
      await this.#create(workload, content);
      return true;
    }
    if (sameContent(before, content) && isOwner(before, workload.uid)) return false;
    const body = replacement(renderConfigMap(workload, content), before);
    const path = corePath('configmaps', workload.namespace, before.name);
    const request = { method: 'PATCH', path, body, contentType: 'application/merge-patch+json' } as const;
    this.#note(workload, before.resourceVersion, await this.#orForget(workload, this.#client.request(request)));
    return true;
  }

  /** Deletes just this ConfigMap, not one that has taken its place since. One that is gone already is no error. */
  async delete(workload: WorkloadName, view: ConfigMapView): Promise<void> {
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid: view.uid, resourceVersion: view.resourceVersion },
    };
    const path = corePath('configmaps', view.namespace, view.name);
    try {
      await this.#orForget(workload, this.#client.request({ method: 'DELETE', path, body }));
    } catch (error) {
      if (!(error instanceof ApiError && error.notFound)) throw error;
    }
    this.#supersede(workload, view.resourceVersion, undefined);
  }

  async #create(workload: WorkloadName & { readonly uid: string }, content: Content): Promise<void> {
    const path = corePath('configmaps', workload.namespace);
    try {
      const request = { method: 'POST', path, body: renderConfigMap(workload, content) } as const;
      this.#note(workload, NONE, await this.#orForget(workload, this.#client.request(request)));
    } catch (error) {
      if (!(error instanceof ApiError && error.alreadyExists)) throw error;
      throw (await this.#isForeign(workload)) ? new ForeignConfigMap(foreignMessage(workload)) : error;
    }
  }

  async #isForeign(workload: WorkloadName): Promise<boolean> {
    const path = corePath('configmaps', workload.namespace, configMapName(workload.kind, workload.name));
    const found = await this.#client.request({ method: 'GET', path });
    return isObject(found) && viewConfigMap(found) === undefined;
  }

  #note(workload: WorkloadName, over: string, answer: unknown): void {
    const view = isObject(answer) ? viewConfigMap(answer) : undefined;
    if (view !== undefined) this.#supersede(workload, over, view);
  }

  #supersede(workload: WorkloadName, over: string, view: ConfigMapView | undefined): void {
    const key = keyOf(workload);
    const superseded = new Set(this.#written.get(key)?.superseded).add(over);
    const watched = this.#cluster.configMap(workload)?.resourceVersion ?? NONE;
    // The watch may tell before the answer is here.
    if (superseded.has(watched)) this.#written.set(key, { superseded, view });
    else this.#written.delete(key);
  }

  /** A write that is refused shows that what is known here is not so: what the watch says counts again. */
  async #orForget(workload: WorkloadName, answer: Promise<unknown>): Promise<unknown> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof ApiError && (error.code === 409 || error.notFound)) this.#written.delete(keyOf(workload));
      throw error;
    }
  }
}

export const isOwner = (view: ConfigMapView, uid: string): boolean => view.owners.some((owner) => owner.uid === uid);

const foreignMessage = ({ kind, namespace, name }: WorkloadName): string =>
  `ConfigMap ${configMapName(kind, name)} in namespace ${namespace} is not orcon's: rename or delete it`;

/** The merge patch that turns what was seen into what is wanted, provided that nobody wrote since. */
function replacement(wanted: JsonObject, before: ConfigMapView): JsonObject {
  const gone = [...before.values.keys(), ...before.permits].filter((key) => !Object.hasOwn(objectAt(wanted, 'data'), key));
  return {
    metadata: { ...objectAt(wanted, 'metadata'), resourceVersion: before.resourceVersion },
    data: { ...objectAt(wanted, 'data'), ...Object.fromEntries(gone.map((key) => [key, null] as const)) },
  };
}
