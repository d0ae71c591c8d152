/** JSON as TypeScript sees it, and the few questions that the domain asks of it. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isList = (value: unknown): value is readonly Json[] => Array.isArray(value);

/** The object at `key`, or an empty one where there is none: for walking down a tree that a user wrote. */
export function objectAt(parent: unknown, key: string): JsonObject {
  const value = isObject(parent) ? parent[key] : undefined;
  return isObject(value) ? value : {};
}

/** The list at `key`, or an empty one where there is none. */
export function listAt(parent: unknown, key: string): readonly Json[] {
  const value = isObject(parent) ? parent[key] : undefined;
  return isList(value) ? value : [];
}

/** The objects of the list at `key`; what is no object is left out. */
export function objectsAt(parent: unknown, key: string): readonly JsonObject[] {
  const list = listAt(parent, key);
  return list.every(isObject) ? list : list.filter(isObject);
}

/** The text at `key`, or undefined where there is none or something else. */
export function textAt(parent: unknown, key: string): string | undefined {
  const value = isObject(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** Whether two JSON values are equal; what is shared by reference is not looked into, so an unchanged part costs nothing. */
export function jsonEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (isList(a) || isList(b)) return isList(a) && isList(b) && listsEqual(a, b);
  return objectsEqual(a, b);
}

// Loops, because a review of an update is two whole objects to compare: closures and lists of keys would be half of the time.

function listsEqual(a: readonly Json[], b: readonly Json[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) {
    if (!jsonEqual(a[index], b[index])) return false;
  }
  return true;
}

function objectsEqual(a: JsonObject, b: JsonObject): boolean {
  let count = 0;
  for (const key in a) {
    const value = a[key];
    if (value === undefined) continue;
    if (!Object.hasOwn(b, key) || !jsonEqual(value, b[key])) return false;
    count++;
  }
  for (const key in b) if (b[key] !== undefined) count--;
  return count === 0;
}

/** The keys that JSON text would have: a key whose value is undefined is none. */
export const presentKeys = (object: JsonObject): string[] => Object.keys(object).filter((key) => object[key] !== undefined);

/** `object` with `key` set to `value`, or without it where `value` is undefined; itself where that changes nothing. */
export function withKey(object: JsonObject, key: string, value: Json | undefined): JsonObject {
  if (value === undefined) {
    if (!Object.hasOwn(object, key)) return object;
    const { [key]: _, ...rest } = object;
    return rest;
  }
  return Object.hasOwn(object, key) && jsonEqual(object[key], value) ? object : { ...object, [key]: value };
}

/**
 * `object` with the list or map at `key` replaced, the key left out where nothing remains in it, as the API server leaves
 * out what is empty; itself where that changes nothing.
 */
export function withFilled(object: JsonObject, key: string, value: readonly Json[] | JsonObject): JsonObject {
  const empty = isList(value) ? value.length === 0 : presentKeys(value).length === 0;
  return empty ? withKey(object, key, undefined) : withKey(object, key, value);
}
