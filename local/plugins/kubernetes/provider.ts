/** The stand-in for Pulumi's Kubernetes provider: objects of any kind that the cluster serves. */

import { InitializationFailed } from '../rpc/failures.ts';
import { type JsonObject, objectOf } from '../rpc/json.ts';
import { hasUnknowns, revealObject } from '../rpc/properties.ts';
import type {
  Capabilities,
  Checked,
  CheckRequest,
  Created,
  CreateRequest,
  DeleteRequest,
  Difference,
  DiffRequest,
  EngineLog,
  ReadAnswer,
  ReadRequest,
  ResourceProvider,
  UpdateRequest,
} from '../rpc/provider.ts';
import { applyObject } from './apply.ts';
import { type Patience, timeoutOf } from './await/condition.ts';
import { deleteObject } from './await/gone.ts';
import { unreadyReasons, waitUntilReady } from './await/ready.ts';
import { checkObject } from './check.ts';
import { ApiError, createClient, Unreachable } from './client.ts';
import { diffObject } from './diff.ts';
import { diffSettings } from './diffSettings.ts';
import { inputsFromLive } from './imported.ts';
import { idOf, newFieldManager } from './naming.ts';
import { Objects } from './objects.ts';
import { readSettings, type Settings } from './settings.ts';
import { inputsOf, managerOf, stateOf } from './state.ts';

export class KubernetesProvider implements ResourceProvider {
  readonly version: string;
  readonly #log: EngineLog;
  #configured: { readonly settings: Settings; readonly objects: Objects } | undefined;

  constructor(version: string, log: EngineLog) {
    this.version = version;
    this.#log = log;
  }

  async configure(config: JsonObject): Promise<Capabilities> {
    const settings = readSettings(config);
    this.#configured = { settings, objects: new Objects(createClient(settings.kubeConfig)) };
    return { acceptSecrets: true, supportsPreview: true, supportsAutonaming: true };
  }

  async diffConfig(olds: JsonObject, news: JsonObject): Promise<Difference> {
    return diffSettings(olds, news);
  }

  async check(request: CheckRequest): Promise<Checked> {
    return checkObject(request, this.#objects.kinds, this.#settings.namespace);
  }

  async diff(request: DiffRequest): Promise<Difference> {
    return diffObject(request, this.#settings);
  }

  async create(request: CreateRequest, signal: AbortSignal): Promise<Created> {
    const { inputs } = request;
    const manager = newFieldManager();
    if (request.preview) return { id: '', properties: await this.#preview(inputs, manager, 'create') };
    const object = revealObject(inputs);
    const upsert = this.#settings.upsertExistingObjects;
    const created = upsert
      ? await this.#objects.apply(object, { manager, dryRun: false, force: this.#settings.patchForce })
      : await this.#objects.create(object, manager, signal);
    return {
      id: idOf(created),
      properties: await this.#settle(created, inputs, manager, this.#patience(request, object, signal)),
    };
  }

  async read({ id, state, inputs }: ReadRequest): Promise<ReadAnswer> {
    const known = revealObject(inputsOf(state, inputs));
    const named = Object.keys(known).length > 0 ? known : identity(id, revealObject(state));
    const live = await this.#objects.get(named);
    if (live === undefined) return { id: '', properties: {}, inputs: {} };
    const kept = Object.keys(inputs).length > 0 ? inputs : inputsFromLive(live);
    const properties = stateOf(live, kept, managerOf(state) ?? newFieldManager());
    const reasons = await unreadyReasons(live, this.#objects);
    if (reasons.length > 0) throw new InitializationFailed(idOf(live), properties, kept, reasons);
    return { id: idOf(live), properties, inputs: kept };
  }

  async update(request: UpdateRequest, signal: AbortSignal): Promise<{ properties: JsonObject }> {
    const { news, state } = request;
    const manager = managerOf(state) ?? newFieldManager();
    if (request.preview) return { properties: await this.#preview(news, manager, 'update') };
    const object = revealObject(news);
    const applied = await applyObject(this.#objects, object, { manager, dryRun: false, force: this.#settings.patchForce });
    return { properties: await this.#settle(applied, news, manager, this.#patience(request, object, signal)) };
  }

  async delete(request: DeleteRequest, signal: AbortSignal): Promise<void> {
    const object = revealObject(inputsOf(request.state, {}));
    const named = Object.keys(object).length > 0 ? object : identity(request.id, revealObject(request.state));
    await deleteObject(named, this.#objects, this.#patience(request, named, signal));
  }

  /** What the API server would make of the inputs; the inputs themselves where it cannot be asked. */
  async #preview(inputs: JsonObject, manager: string, step: 'create' | 'update'): Promise<JsonObject> {
    if (hasUnknowns(inputs)) return inputs;
    const object = revealObject(inputs);
    try {
      const live = await applyObject(this.#objects, object, { manager, dryRun: true, force: this.#settings.patchForce });
      return stateOf(live, inputs, manager);
    } catch (failure) {
      if (cannotTell(failure, step)) return inputs;
      throw failure;
    }
  }

  async #settle(written: JsonObject, inputs: JsonObject, manager: string, patience: Patience): Promise<JsonObject> {
    const { live, reasons } = await waitUntilReady(written, this.#objects, patience);
    const properties = stateOf(live, inputs, manager);
    if (reasons.length > 0) throw new InitializationFailed(idOf(live), properties, inputs, reasons);
    return properties;
  }

  #patience(request: { urn: string; timeout: number }, object: JsonObject, signal: AbortSignal): Patience {
    return { timeout: timeoutOf(object, request.timeout), signal, report: (status) => this.#log.status(request.urn, status) };
  }

  get #settings(): Settings {
    return this.#ready.settings;
  }

  get #objects(): Objects {
    return this.#ready.objects;
  }

  get #ready(): { readonly settings: Settings; readonly objects: Objects } {
    if (this.#configured === undefined) throw new Error('kubernetes provider: used before Configure');
    return this.#configured;
  }
}

/**
 * Failures of a dry run that say nothing about the real run: no cluster, no such namespace or kind yet, no right to
 * write; and at a create an object of that name, which the real run will meet.
 */
function cannotTell(failure: unknown, step: 'create' | 'update'): boolean {
  if (failure instanceof Unreachable) return true;
  if (failure instanceof ApiError) return [403, 404].includes(failure.status);
  return step === 'create' && failure instanceof Error && failure.message.startsWith('Server-Side Apply field conflict');
}

/** An object of which nothing but kind, namespace and name is known. */
function identity(id: string, state: JsonObject): JsonObject {
  const [name = '', namespace] = id.split('/').reverse();
  const { apiVersion, kind, metadata } = state;
  return { apiVersion, kind, metadata: { ...objectOf(metadata), name, ...(namespace === undefined ? {} : { namespace }) } };
}
