/** A JSON value as it goes over the wire between engine and provider. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The object itself, or an empty one if the value is something else: for reading optional parts of Kubernetes objects. */
export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** The array's elements, or none if the value is something else. */
export function arrayOf(value: Json | undefined): readonly Json[] {
  return isArray(value) ? value : [];
}

/** The text, or undefined if the value is something else. */
export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The value at a path of keys, undefined where the path ends early. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((part, key) => (isObject(part) ? part[key] : undefined), value);
}

/** A copy with the value put at the path; objects on the way are made. */
export function withAt(value: Json | undefined, path: readonly string[], put: Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return put;
  const object = objectOf(value);
  return { ...object, [key]: withAt(object[key], rest, put) };
}

/** Text that is equal for equal values, whatever the order of their keys. */
export function canonical(value: Json | undefined): string {
  if (isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const entries = Object.keys(value).filter((key) => value[key] !== undefined);
  return `{${entries.sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`)}}`;
}
