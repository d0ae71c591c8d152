/**
 * What the engine's protocol puts into plain JSON beside plain values: unknowns and secrets.
 * (Pulumi, sdk/go/common/resource/plugin/rpc.go: the signatures are part of the protocol.)
 */
import { isArray, isObject, type Json, type JsonObject } from './json.ts';

/** An unknown text, as previews send it; the engine knows one sentinel for each type of value. */
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const UNKNOWNS: ReadonlySet<string> = new Set([
  UNKNOWN,
  '1c4a061d-8072-4f0a-a4cb-0ff528b18fe7', // boolean
  '3eeb2bf0-c639-47a8-9e75-3b44932eb421', // number
  '6a19a0b0-7e62-4c92-b797-7f8e31da9cc2', // array
  'dd056dcd-154b-4c76-9bd3-c8f88648b5ff', // object
  '030794c1-ac77-496b-92df-f27374a8bd58', // asset
  'e48ece36-62e2-4504-bad9-02848725956a', // archive
]);
const SIGNATURE_KEY = '4dabf18193072939515e22adb298388d';
const SECRET_SIGNATURE = '1b47061264138c4ac30d75fd1eb44270';

export function isUnknown(value: Json | undefined): boolean {
  return typeof value === 'string' && UNKNOWNS.has(value);
}

/** Whether the value or anything in it is unknown. */
export function hasUnknowns(value: Json | undefined): boolean {
  if (isArray(value)) return value.some(hasUnknowns);
  if (isObject(value)) return Object.values(value).some(hasUnknowns);
  return isUnknown(value);
}

export function isSecret(value: Json | undefined): value is JsonObject {
  return isObject(value) && value[SIGNATURE_KEY] === SECRET_SIGNATURE;
}

/** The value marked as secret; one that is marked already stays as it is. */
export function secret(value: Json): Json {
  return isSecret(value) ? value : { [SIGNATURE_KEY]: SECRET_SIGNATURE, value };
}

/** The value without any mark of secrecy, for computing with it. */
export function reveal(value: Json): Json {
  if (isArray(value)) return value.map(reveal);
  if (!isObject(value)) return value;
  return isSecret(value) ? reveal(value.value ?? null) : revealObject(value);
}

/** As `reveal`, for the properties of a resource as a whole. */
export function revealObject(properties: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).flatMap(([key, value]) => (value === undefined ? [] : [[key, reveal(value)]])),
  );
}

/** Marks as secret in `value` what is secret at the same place in `pattern`. */
function markLike(value: Json, pattern: Json | undefined): Json {
  if (isSecret(pattern)) return secret(value);
  if (isArray(value) && isArray(pattern)) return value.map((element, index) => markLike(element, pattern[index]));
  if (isObject(value) && isObject(pattern)) return markObjectLike(value, pattern);
  return value;
}

/** As `markLike`, for the properties of a resource as a whole. */
export function markObjectLike(properties: JsonObject, pattern: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).flatMap(([key, value]) => (value === undefined ? [] : [[key, markLike(value, pattern[key])]])),
  );
}

/** Takes out what is null or undefined: Kubernetes and the bridge treat such properties as absent. */
export function dropNulls(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) => (part === null || part === undefined ? [] : [[key, dropNullsIn(part)]])),
  );
}

function dropNullsIn(value: Json): Json {
  if (isArray(value)) return value.map(dropNullsIn);
  return isObject(value) ? dropNulls(value) : value;
}
