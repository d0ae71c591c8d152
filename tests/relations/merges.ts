import { isList, isObject, type Json, type JsonObject, textAt, withKey } from '../../relations/json.ts';

/** The two ways in which clients change a part of an object. */

/** The lists that are merged, and that by name; every other one is taken as a whole. `envFrom` is such a one. */
const MERGED_LISTS: readonly string[] = ['containers', 'initContainers', 'env', 'volumes'];

const isMerged = (key: string, value: Json | undefined): value is readonly Json[] => MERGED_LISTS.includes(key) && isList(value);

const nameOf = (item: Json): string | undefined => textAt(item, 'name');
const named = (list: readonly Json[], name: string | undefined): Json | undefined => list.find((item) => nameOf(item) === name);
const objectOr = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const listOr = (value: Json | undefined): readonly Json[] => (isList(value) ? value : []);

/** A strategic merge patch applied: objects are merged, null removes, lists of named things are merged by name. */
export function strategicMerge(object: JsonObject, patch: JsonObject): JsonObject {
  let result = object;
  for (const [key, value] of Object.entries(patch)) result = withKey(result, key, mergedValue(key, result[key], value));
  return result;
}

function mergedValue(key: string, old: Json | undefined, value: Json | undefined): Json | undefined {
  if (value === undefined) return old;
  if (value === null) return undefined;
  if (isObject(value)) return strategicMerge(objectOr(old), value);
  return isMerged(key, value) ? mergeByName(listOr(old), value) : value;
}

function mergeByName(old: readonly Json[], patch: readonly Json[]): readonly Json[] {
  const merged = old.map((item) => {
    const change = named(patch, nameOf(item));
    return isObject(change) ? strategicMerge(objectOr(item), change) : item;
  });
  return [...merged, ...patch.filter((item) => named(old, nameOf(item)) === undefined)];
}

/**
 * What `kubectl apply` makes of a live object: what the manifest says, without what the last one said and this one does not;
 * what neither says stays. Server-side apply does the same with the fields that its manager owned.
 */
export function applied(live: JsonObject, last: JsonObject, next: JsonObject): JsonObject {
  let result = live;
  for (const key of Object.keys(last)) if (next[key] === undefined) result = withKey(result, key, undefined);
  for (const [key, value] of Object.entries(next)) result = withKey(result, key, appliedValue(key, live[key], last[key], value));
  return result;
}

function appliedValue(key: string, live: Json | undefined, last: Json | undefined, next: Json | undefined): Json | undefined {
  if (next === undefined) return live;
  if (isObject(next)) return applied(objectOr(live), objectOr(last), next);
  return isMerged(key, next) ? appliedByName(listOr(live), listOr(last), next) : next;
}

function appliedByName(live: readonly Json[], last: readonly Json[], next: readonly Json[]): readonly Json[] {
  const isGone = (item: Json) => named(last, nameOf(item)) !== undefined && named(next, nameOf(item)) === undefined;
  const kept = live.filter((item) => !isGone(item));
  const merged = kept.map((item) => {
    const now = named(next, nameOf(item));
    return isObject(now) ? applied(objectOr(item), objectOr(named(last, nameOf(item))), now) : item;
  });
  return [...merged, ...next.filter((item) => named(live, nameOf(item)) === undefined)];
}
