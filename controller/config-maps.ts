import { type ConfigMapView, type Content, renderConfigMap, sameContent, viewConfigMap } from '../relations/configmap.ts';
import { isObject, type JsonObject, objectAt } from '../relations/json.ts';
import { configMapName } from '../relations/names.ts';
import type { WorkloadView } from '../relations/workload.ts';
import type { ClusterView } from './cluster-view.ts';
import { corePath, type WorkloadKey, type WorkloadName } from './key.ts';
import { ApiError } from './kube/api-error.ts';
import type { Client } from './kube/client.ts';

/** A ConfigMap of the name that ours would have, which is not ours: nothing of it is touched. */
export class ForeignConfigMap extends Error {}

/**
 * Reads and writes the ConfigMaps of relations. What was written is known here at once, before the watch tells it, so that two
 * passes in a row do not write the same twice.
 */
export class ConfigMaps {
  readonly #client: Client;
  readonly #cluster: ClusterView;
  /** By name, the version that was written over and what came of it; until the watch has moved on. */
  readonly #written = new Map<string, { readonly over: string | undefined; readonly view: ConfigMapView | undefined }>();

  constructor(client: Client, cluster: ClusterView) {
    this.#client = client;
    this.#cluster = cluster;
  }

  /** The ConfigMap of a workload as it is now, as far as this process can know. */
  get(workload: WorkloadName): ConfigMapView | undefined {
    const watched = this.#cluster.configMap(workload);
    const id = idOf(workload);
    const written = this.#written.get(id);
    if (written === undefined) return watched;
    if (watched?.resourceVersion === written.over) return written.view;
    this.#written.delete(id);
    return watched;
  }

  /**
   * Makes the ConfigMap of a workload say `content`, and makes the workload its owner. Writes nothing where it does already.
   *
   * @returns whether something was written
   * @throws ForeignConfigMap where one of that name is not ours; ApiError with `conflict` where somebody wrote in between
   */
  async write(workload: WorkloadView, content: Content): Promise<boolean> {
    const before = this.get(workload);
    if (before === undefined) {
      await this.#create(workload, content);
      return true;
    }
    if (sameContent(before, content) && isOwner(before, workload.uid)) return false;
    const body = replacement(renderConfigMap(workload, content), before);
    const path = corePath('configmaps', workload.namespace, before.name);
    this.#note(
      workload,
      before.resourceVersion,
      await this.#client.request({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' }),
    );
    return true;
  }

  /** Deletes just this ConfigMap, not one that has taken its place since. One that is gone already is no error. */
  async delete(workload: WorkloadName, view: ConfigMapView): Promise<void> {
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid: view.uid, resourceVersion: view.resourceVersion },
    };
    try {
      await this.#client.request({ method: 'DELETE', path: corePath('configmaps', view.namespace, view.name), body });
    } catch (error) {
      if (!(error instanceof ApiError && error.notFound)) throw error;
    }
    this.#written.set(idOf(workload), { over: view.resourceVersion, view: undefined });
  }

  /** Forgets what was written for a workload that is gone. */
  forget(workload: WorkloadName): void {
    this.#written.delete(idOf(workload));
  }

  async #create(workload: WorkloadView, content: Content): Promise<void> {
    const path = corePath('configmaps', workload.namespace);
    try {
      const created = await this.#client.request({ method: 'POST', path, body: renderConfigMap(workload, content) });
      this.#note(workload, this.#cluster.configMap(workload)?.resourceVersion, created);
    } catch (error) {
      if (!(error instanceof ApiError && error.alreadyExists)) throw error;
      throw (await this.#isForeign(workload)) ? new ForeignConfigMap(foreignMessage(workload)) : error;
    }
  }

  async #isForeign(workload: WorkloadView): Promise<boolean> {
    const path = corePath('configmaps', workload.namespace, configMapName(workload.kind, workload.name));
    const found = await this.#client.request({ method: 'GET', path });
    return isObject(found) && viewConfigMap(found) === undefined;
  }

  #note(workload: WorkloadName, over: string | undefined, answer: unknown): void {
    const view = isObject(answer) ? viewConfigMap(answer) : undefined;
    if (view !== undefined) this.#written.set(idOf(workload), { over, view });
  }
}

const idOf = ({ kind, namespace, name }: WorkloadName): WorkloadKey => `${kind}/${namespace}/${name}`;

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
