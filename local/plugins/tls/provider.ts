/** The stand-in for Pulumi's TLS provider. Its resources live in the stack's state only. */
import { compare } from '../rpc/compare.ts';
import type { Json, JsonObject } from '../rpc/json.ts';
import { pathText } from '../rpc/paths.ts';
import { dropNulls, hasUnknowns, revealObject, secret, UNKNOWN } from '../rpc/properties.ts';
import type {
  Capabilities,
  Checked,
  CheckRequest,
  Created,
  CreateRequest,
  Difference,
  DiffRequest,
  PropertyChange,
  ReadAnswer,
  ReadRequest,
  ResourceProvider,
  UpdateRequest,
} from '../rpc/provider.ts';
import { faultsOf } from './check.ts';
import { isReadyForRenewal } from './renewal.ts';
import { RESOURCE_TYPES, type ResourceType } from './resources.ts';

export class TlsProvider implements ResourceProvider {
  readonly version: string;
  readonly #now: () => Date;

  constructor(version: string, now: () => Date = () => new Date()) {
    this.version = version;
    this.#now = now;
  }

  async configure(): Promise<Capabilities> {
    return { supportsPreview: true, acceptResources: true };
  }

  async diffConfig(): Promise<Difference> {
    return { changes: new Map(), deleteBeforeReplace: false };
  }

  async check({ type, news }: CheckRequest): Promise<Checked> {
    const inputs = dropNulls(news);
    return { inputs, failures: faultsOf(typeOf(type), revealObject(inputs)) };
  }

  /** Any change makes a new key or certificate, but for the renewal hours; a certificate that is due is replaced too. */
  async diff({ type, state, oldInputs, news }: DiffRequest): Promise<Difference> {
    const resource = typeOf(type);
    const known = revealObject(state);
    const before = Object.keys(oldInputs).length > 0 ? revealObject(oldInputs) : inputsIn(known, resource);
    const after = revealObject(news);
    const changes = new Map<string, PropertyChange>();
    for (const { path, kind } of compare({ ...resource.defaults, ...before }, { ...resource.defaults, ...after })) {
      changes.set(pathText(path), { kind, replaces: !resource.updatable.includes(String(path[0])) });
    }
    const early = Number(after.earlyRenewalHours ?? 0);
    if (resource.computed.includes('readyForRenewal') && isReadyForRenewal(known, early, this.#now())) {
      changes.set('readyForRenewal', { kind: 'update', replaces: true });
    }
    return { changes, deleteBeforeReplace: false };
  }

  async create({ type, inputs, preview }: CreateRequest): Promise<Created> {
    const resource = typeOf(type);
    const given = { ...resource.defaults, ...revealObject(inputs) };
    if (preview || hasUnknowns(given)) return { id: '', properties: hide({ ...given, ...unknowns(resource) }, resource) };
    const { id, outputs } = await resource.make(given, this.#now());
    return { id, properties: hide({ ...given, ...outputs }, resource) };
  }

  /** Nothing to look up; but a refresh tells whether a certificate is due. */
  async read({ type, id, state, inputs }: ReadRequest): Promise<ReadAnswer> {
    const resource = typeOf(type);
    const due =
      resource.computed.includes('readyForRenewal') &&
      isReadyForRenewal(state, Number(state.earlyRenewalHours ?? 0), this.#now());
    return { id, inputs, properties: hide(due ? { ...state, readyForRenewal: true } : state, resource) };
  }

  async update({ type, state, news }: UpdateRequest): Promise<{ properties: JsonObject }> {
    const resource = typeOf(type);
    return { properties: hide({ ...state, ...resource.defaults, ...revealObject(news) }, resource) };
  }

  async delete(): Promise<void> {}
}

function typeOf(token: string): ResourceType {
  const type = RESOURCE_TYPES[token];
  if (type === undefined) throw new Error(`${token} is not served here, only ${Object.keys(RESOURCE_TYPES).join(', ')}`);
  return type;
}

function unknowns({ computed }: ResourceType): JsonObject {
  return Object.fromEntries(computed.map((property) => [property, UNKNOWN]));
}

function inputsIn(state: JsonObject, { computed }: ResourceType): JsonObject {
  return Object.fromEntries(Object.entries(state).filter(([property]) => property !== 'id' && !computed.includes(property)));
}

function hide(properties: JsonObject, { secrets }: ResourceType): JsonObject {
  const hidden = secrets.flatMap((property): readonly (readonly [string, Json])[] => {
    const value = properties[property];
    return value === undefined ? [] : [[property, secret(value)]];
  });
  return { ...properties, ...Object.fromEntries(hidden) };
}
