import { isList, isObject, type Json, type JsonObject, jsonEqual, textAt } from './json.ts';

/** Puts a value into an object, or into a list before what is at that index. */
export interface Addition {
  readonly op: 'add';
  readonly path: string;
  readonly value: Json;
}

/** One operation of a JSON Patch (RFC 6902); only the three that a difference needs. */
export type PatchOperation =
  | Addition
  | { readonly op: 'replace'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string };

/**
 * The JSON Patch that turns `before` into `after`. Parts that both share by reference cost nothing. Lists are aligned from
 * both ends by the `name` of their objects, so that a container put in front of others is one `add`.
 *
 * @param at pointer to both in the document that is patched
 */
export function difference(before: JsonObject, after: JsonObject, at = ''): PatchOperation[] {
  const operations: PatchOperation[] = [];
  compareObjects(before, after, at, operations);
  return operations;
}

/** The pointer to a key of the object at `path` (RFC 6901, section 3). */
export function pointer(path: string, key: string): string {
  const tildes = key.includes('~') ? key.replaceAll('~', '~0') : key;
  return `${path}/${tildes.includes('/') ? tildes.replaceAll('/', '~1') : tildes}`;
}

function compare(before: Json, after: Json, path: string, operations: PatchOperation[]): void {
  if (isObject(before) && isObject(after)) compareObjects(before, after, path, operations);
  else if (isList(before) && isList(after)) compareLists(before, after, path, operations);
  else if (!jsonEqual(before, after)) operations.push({ op: 'replace', path, value: after });
}

function compareObjects(before: JsonObject, after: JsonObject, path: string, operations: PatchOperation[]): void {
  for (const key in before) {
    if (before[key] !== undefined && (!Object.hasOwn(after, key) || after[key] === undefined))
      operations.push({ op: 'remove', path: pointer(path, key) });
  }
  for (const key in after) {
    const value = after[key];
    const old = Object.hasOwn(before, key) ? before[key] : undefined;
    // Most parts are shared, and for those no pointer is made.
    if (value === undefined || value === old) continue;
    if (old === undefined) operations.push({ op: 'add', path: pointer(path, key), value });
    else compare(old, value, pointer(path, key), operations);
  }
}

/** Whether two list items are versions of one thing: equal, or objects of the same name. */
function isSame(a: Json | undefined, b: Json | undefined): boolean {
  const name = textAt(a, 'name');
  return (name !== undefined && name === textAt(b, 'name')) || jsonEqual(a, b);
}

function compareLists(before: readonly Json[], after: readonly Json[], path: string, operations: PatchOperation[]): void {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && isSame(before[head], after[head])) head++;
  let tail = 0;
  while (tail < shorter - head && isSame(before[before.length - 1 - tail], after[after.length - 1 - tail])) tail++;

  const pair = (from: number, to: number, count: number) => {
    for (let index = 0; index < count; index++) {
      const [old, now] = [before[from + index], after[to + index]];
      if (old !== undefined && now !== undefined && old !== now) compare(old, now, `${path}/${to + index}`, operations);
    }
  };
  pair(0, 0, head);
  // What lies between is taken out from the end, so that no index moves before it is used, and put in from the start.
  for (let index = before.length - tail - 1; index >= head; index--) operations.push({ op: 'remove', path: `${path}/${index}` });
  after.slice(head, after.length - tail).forEach((value, index) => {
    operations.push({ op: 'add', path: `${path}/${head + index}`, value });
  });
  pair(before.length - tail, after.length - tail, tail);
}
