/** The four things that are done to objects: get, create, apply, delete. */
import { setTimeout as pause } from 'node:timers/promises';
import { arrayOf, at, type Json, type JsonObject, textOf } from '../rpc/json.ts';
import { type ApiClient, ApiError, isNotFound } from './client.ts';
import { type GroupVersionKind, Kinds, kindOf, pathOf, type ServedKind } from './kinds.ts';

export interface ApplyOptions {
  readonly manager: string;
  readonly dryRun: boolean;
  /** Take over fields that another manager owns. */
  readonly force: boolean;
}

/** Finds the live objects of a kind. */
export type Listing = Pick<Objects, 'list'>;

/** How long a kind that the API server does not know is looked for again: 63 s in all, as a definition may be on its way. */
const LOOKUPS_SECONDS = [1, 2, 4, 8, 16, 32];

export class Objects {
  readonly kinds: Kinds;
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
    this.kinds = new Kinds(client);
  }

  /** The live object, or undefined if there is none. */
  async get(object: JsonObject): Promise<JsonObject | undefined> {
    const served = await this.kinds.find(kindOf(object));
    if (served === undefined) return undefined;
    try {
      return await this.#client.request({ method: 'GET', path: pathOf(served, namespaceOf(object), nameOf(object)) });
    } catch (failure) {
      if (isNotFound(failure)) return undefined;
      throw failure;
    }
  }

  /** The live objects of a kind in a namespace that bear these labels. */
  async list(kind: GroupVersionKind, namespace: string, labels: string): Promise<readonly Json[]> {
    const served = await this.kinds.find(kind);
    if (served === undefined) return [];
    const path = `${pathOf(served, namespace)}?labelSelector=${encodeURIComponent(labels)}`;
    return arrayOf((await this.#client.request({ method: 'GET', path })).items);
  }

  /** A plain create: fails with AlreadyExists if the name is taken. Waits a while for a kind that is yet unknown. */
  async create(object: JsonObject, manager: string, signal: AbortSignal): Promise<JsonObject> {
    const served = await this.#awaitKind(object, signal);
    const path = `${pathOf(served, namespaceOf(object))}?fieldManager=${manager}`;
    return this.#client.request({ method: 'POST', path, body: object });
  }

  /** Server-side apply: makes the object what is given, for all fields that this manager owns. */
  async apply(object: JsonObject, { manager, dryRun, force }: ApplyOptions): Promise<JsonObject> {
    const served = await this.#served(object);
    const query = new URLSearchParams({ fieldManager: manager, force: String(force), ...(dryRun ? { dryRun: 'All' } : {}) });
    const path = `${pathOf(served, namespaceOf(object), nameOf(object))}?${query}`;
    return this.#client.request({ method: 'PATCH', path, body: object, contentType: 'application/apply-patch+yaml' });
  }

  /** Changes the object by a JSON Patch (RFC 6902). */
  async patch(object: JsonObject, operations: readonly JsonObject[]): Promise<JsonObject> {
    const path = pathOf(await this.#served(object), namespaceOf(object), nameOf(object));
    return this.#client.request({ method: 'PATCH', path, body: operations, contentType: 'application/json-patch+json' });
  }

  /** Asks for deletion; one that is gone already is fine. */
  async delete(object: JsonObject, propagationPolicy: string): Promise<void> {
    const served = await this.kinds.find(kindOf(object));
    if (served === undefined) return;
    const path = pathOf(served, namespaceOf(object), nameOf(object));
    try {
      await this.#client.request({
        method: 'DELETE',
        path,
        body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy },
      });
    } catch (failure) {
      if (!isNotFound(failure)) throw failure;
    }
  }

  async #served(object: JsonObject): Promise<ServedKind> {
    const served = await this.kinds.find(kindOf(object));
    if (served !== undefined) return served;
    throw new ApiError(404, {
      message: `no matches for kind "${object.kind}" in version "${object.apiVersion}"`,
      reason: 'NotFound',
    });
  }

  async #awaitKind(object: JsonObject, signal: AbortSignal): Promise<ServedKind> {
    for (const seconds of LOOKUPS_SECONDS) {
      const served = await this.kinds.find(kindOf(object));
      if (served !== undefined) return served;
      await pause(seconds * 1000, undefined, { signal });
    }
    return this.#served(object);
  }
}

export function nameOf(object: JsonObject): string {
  return textOf(at(object, 'metadata', 'name')) ?? '';
}

/** The object's namespace; empty if it says none. */
export function namespaceOf(object: JsonObject): string {
  return textOf(at(object, 'metadata', 'namespace')) ?? '';
}

/** The annotation's text, undefined without it. */
export function annotationOf(object: JsonObject, key: string): string | undefined {
  return textOf(at(object, 'metadata', 'annotations', key));
}
