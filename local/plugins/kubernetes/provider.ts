/** The stand-in for Pulumi's Kubernetes provider: objects of any kind that the cluster serves. */

import { InitializationFailed } from '../rpc/failures.ts';
import type { JsonObject } from '../rpc/json.ts';
import { revealObject } from '../rpc/properties.ts';
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
import { createClient } from './client.ts';
import { diffObject } from './diff.ts';
import { diffSettings } from './diff-settings.ts';
import { identity } from './identity.ts';
import { inputsFromLive } from './imported.ts';
import { idOf, newFieldManager } from './naming.ts';
import { Objects } from './objects.ts';
import { previewObject } from './preview.ts';
import { whileDoing } from './refusal.ts';
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
    const force = this.#settings.patchForce;
    const manager = newFieldManager();
    if (request.preview)
      return { id: '', properties: await previewObject(this.#objects, inputs, { manager, force, step: 'create' }) };
    const object = revealObject(inputs);
    const created = await whileDoing('created', object, () =>
      this.#settings.upsertExistingObjects
        ? this.#objects.apply(object, { manager, dryRun: false, force })
        : this.#objects.create(object, manager, signal),
    );
    const properties = await this.#settle(created, inputs, manager, this.#patience(request, object, signal));
    return { id: idOf(created), properties };
  }

  async read({ type, id, state, inputs }: ReadRequest): Promise<ReadAnswer> {
    const known = revealObject(inputsOf(state, inputs));
    const named = Object.keys(known).length > 0 ? known : identity(type, id);
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
    const force = this.#settings.patchForce;
    const manager = managerOf(state) ?? newFieldManager();
    if (request.preview) return { properties: await previewObject(this.#objects, news, { manager, force, step: 'update' }) };
    const object = revealObject(news);
    const applied = await whileDoing('updated', object, () =>
      applyObject(this.#objects, object, { manager, dryRun: false, force }),
    );
    return { properties: await this.#settle(applied, news, manager, this.#patience(request, object, signal)) };
  }

  async delete(request: DeleteRequest, signal: AbortSignal): Promise<void> {
    const object = revealObject(inputsOf(request.state, {}));
    const named = Object.keys(object).length > 0 ? object : identity(request.type, request.id);
    await deleteObject(named, this.#objects, this.#patience(request, named, signal));
  }

  async #settle(written: JsonObject, inputs: JsonObject, manager: string, patience: Patience): Promise<JsonObject> {
    const { live, reasons } = await waitUntilReady(written, this.#objects, patience);
    const properties = stateOf(live, inputs, manager);
    if (reasons.length === 0) return properties;
    const [first, ...more] = reasons;
    const said = `the Kubernetes API server reported that "${idOf(live)}" failed to fully initialize or become live: ${first}`;
    throw new InitializationFailed(idOf(live), properties, inputs, [said, ...more]);
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
