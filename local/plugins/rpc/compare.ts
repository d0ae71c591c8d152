/** Structural comparison of two values, change by change. */
import { canonical, isArray, isObject, type Json, type JsonObject } from './json.ts';
import type { Step } from './paths.ts';
import { isUnknown } from './properties.ts';
import type { ChangeKind } from './provider.ts';

export interface Change {
  readonly path: readonly Step[];
  readonly kind: ChangeKind;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/**
 * What has to happen to `before` so that it becomes `after`: at the deepest places that differ. List elements are
 * compared by their place. Something unknown counts as changed.
 */
export function compare(before: JsonObject, after: JsonObject): readonly Change[] {
  return compareAt([], before, after);
}

function compareAt(path: readonly Step[], before: Json | undefined, after: Json | undefined): readonly Change[] {
  if (before === undefined) return after === undefined ? [] : [{ path, kind: 'add', before, after }];
  if (after === undefined) return [{ path, kind: 'delete', before, after }];
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => compareAt([...path, key], before[key], after[key]));
  }
  if (isArray(before) && isArray(after)) {
    const indexes = Array.from({ length: Math.max(before.length, after.length) }, (_, index) => index);
    return indexes.flatMap((index) => compareAt([...path, index], before[index], after[index]));
  }
  if (!isUnknown(after) && canonical(before) === canonical(after)) return [];
  return [{ path, kind: 'update', before, after }];
}
