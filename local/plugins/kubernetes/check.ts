/** Check: the inputs of a resource as they will be stored, compared and sent. */
import { at, isObject, type Json, type JsonObject, withAt } from '../rpc/json.ts';
import { dropNulls, isSecret, isUnknown, secret } from '../rpc/properties.ts';
import type { Checked, CheckFailure, CheckRequest } from '../rpc/provider.ts';
import { waitForFault } from './await/annotated.ts';
import { type Kinds, kindOf } from './kinds.ts';
import { withName } from './naming.ts';

/**
 * The checked inputs: named, with a namespace where the kind wants one, and with a Secret's `stringData` as base64 in
 * `data`, so that a change of the one is compared with what the other held.
 */
export async function checkObject(request: CheckRequest, kinds: Kinds, defaultNamespace: string): Promise<Checked> {
  const news = dropNulls(request.news);
  const failures = faults(news, request.type);
  if (failures.length > 0) return { inputs: news, failures };
  const asked = { logicalName: request.name, olds: request.olds, seed: request.seed, autonaming: request.autonaming };
  try {
    const named = withName(isSecretKind(news) ? encodeStringData(news) : news, asked);
    return { inputs: await withNamespace(named, kinds, defaultNamespace), failures: [] };
  } catch (failure) {
    return {
      inputs: news,
      failures: [{ property: 'metadata.name', reason: failure instanceof Error ? failure.message : String(failure) }],
    };
  }
}

export function isSecretKind(object: JsonObject): boolean {
  return object.apiVersion === 'v1' && object.kind === 'Secret';
}

function faults(news: JsonObject, type: string): readonly CheckFailure[] {
  if (typeof news.apiVersion !== 'string' || typeof news.kind !== 'string') {
    return [{ property: 'kind', reason: `${type} is not an object with apiVersion and kind; only such are served here` }];
  }
  if (type.endsWith('Patch') && !news.kind.endsWith('Patch')) {
    return [{ property: 'kind', reason: `${type}: patch resources are not served here; use the object's own type` }];
  }
  const unserved = waitForFault(news);
  if (unserved !== undefined) return [{ property: 'metadata.annotations', reason: unserved }];
  const { metadata } = news;
  if (at(metadata, 'generateName') !== undefined && at(metadata, 'name') === undefined) {
    return [
      {
        property: 'metadata.generateName',
        reason: 'metadata.generateName is not supported in server-side apply; set metadata.name or leave both out',
      },
    ];
  }
  return [];
}

async function withNamespace(object: JsonObject, kinds: Kinds, namespace: string): Promise<JsonObject> {
  if (at(object, 'metadata', 'namespace') !== undefined || !(await kinds.isNamespaced(kindOf(object)))) return object;
  return { ...object, metadata: withAt(object.metadata, ['namespace'], namespace) };
}

function encodeStringData(object: JsonObject): JsonObject {
  const { stringData, data, ...rest } = object;
  const texts = inside(stringData);
  if (!isObject(texts)) return object; // none, or unknown as a whole
  const known = inside(data);
  if (data !== undefined && !isObject(known)) return object;
  const encoded = Object.entries(texts).map(([key, value]) => [key, encode(value ?? null)]);
  return { ...rest, data: secret({ ...(isObject(known) ? known : {}), ...Object.fromEntries(encoded) }) };
}

function encode(value: Json): Json {
  const content = inside(value) ?? null;
  return isUnknown(content) || typeof content !== 'string' ? content : Buffer.from(content).toString('base64');
}

function inside(value: Json | undefined): Json | undefined {
  return isSecret(value) ? value.value : value;
}
