import { isList, isObject, type Json, type JsonObject, jsonEqual } from './json.ts';
import { type Addition, pointer } from './patch.ts';

/** Adds to a list of additions those that put `entries` into the map at `key` of `parent`, which is at the pointer `at`. */
export function addToMap(additions: Addition[], parent: JsonObject, at: string, key: string, entries: JsonObject): void {
  const map = parent[key];
  const path = pointer(at, key);
  if (!isObject(map)) additions.push({ op: 'add', path, value: entries });
  else
    for (const [name, value] of Object.entries(entries)) {
      if (value !== undefined && !jsonEqual(Object.hasOwn(map, name) ? map[name] : undefined, value))
        additions.push({ op: 'add', path: pointer(path, name), value });
    }
}

/** The same for the items of a list, from which nothing is taken: they come before all others, or behind. */
export function addToList(
  additions: Addition[],
  parent: JsonObject,
  at: string,
  key: string,
  where: 'first' | 'last',
  items: readonly Json[],
): void {
  const list = parent[key];
  const path = `${at}/${key}`;
  if (!isList(list)) {
    if (items.length > 0) additions.push({ op: 'add', path, value: items });
    return;
  }
  const start = where === 'first' ? 0 : list.length;
  items.forEach((value, index) => {
    additions.push({ op: 'add', path: `${path}/${start + index}`, value });
  });
}

/** `document` with the additions in it, one after the other; what they leave alone is shared with it. */
export const withAdditions = (document: JsonObject, additions: readonly Addition[]): JsonObject =>
  additions.reduce((changed, { path, value }) => {
    const result = added(changed, path.split('/').slice(1), value);
    return isObject(result) ? result : changed;
  }, document);

function added(parent: Json, [key = '', ...rest]: readonly string[], value: Json): Json {
  if (isList(parent)) {
    const index = Number(key);
    return rest.length === 0
      ? parent.toSpliced(index, 0, value)
      : parent.map((item, position) => (position === index ? added(item, rest, value) : item));
  }
  if (!isObject(parent)) return parent;
  const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
  const before = parent[name];
  if (rest.length === 0) return { ...parent, [name]: value };
  return before === undefined ? parent : { ...parent, [name]: added(before, rest, value) };
}
