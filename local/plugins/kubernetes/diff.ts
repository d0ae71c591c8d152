/** Diff: what changes, and whether the object has to be replaced for it. */
import { compare } from '../rpc/compare.ts';
import { canonical, type Json, type JsonObject } from '../rpc/json.ts';
import { covers, parsePath, pathText, type Step } from '../rpc/paths.ts';
import { isUnknown, revealObject } from '../rpc/properties.ts';
import type { Difference, DiffRequest, PropertyChange } from '../rpc/provider.ts';
import { driftedInputs } from './drift.ts';
import { isAutonamed } from './naming.ts';
import { nameOf, namespaceOf } from './objects.ts';
import { immutablePaths, pathsBelow } from './replace.ts';
import type { Settings } from './settings.ts';
import { inputsOf } from './state.ts';

/**
 * Compares the inputs with those of the last run, as the live object had them when it was last seen: so drift shows
 * after a refresh and not before. An object whose name the program fixed is deleted before its successor is created.
 */
export function diffObject(
  request: Pick<DiffRequest, 'state' | 'oldInputs' | 'news' | 'ignoreChanges'>,
  settings: Pick<Settings, 'secretMutable' | 'configMapMutable'>,
): Difference {
  const news = revealObject(request.news);
  const live = revealObject(request.state);
  const olds = revealObject(inputsOf(request.state, request.oldInputs));
  const before = driftedInputs(olds, live);
  const immutable = immutablePaths(news, settings);
  const ignored = request.ignoreChanges.map(parsePath);
  const changes = new Map<string, PropertyChange>();
  for (const change of compare(before, news)) {
    if (ignored.some((pattern) => covers(pattern, change.path))) continue;
    const replaces = immutable.some((path) => covers(path, change.path));
    const drifted = canonical(valueAt(olds, change.path)) === canonical(change.after);
    changes.set(pathText(change.path), { kind: change.kind, replaces, drifted });
    if (isUnknown(change.after)) {
      for (const path of pathsBelow(change.path, change.before, immutable))
        changes.set(pathText(path), { kind: 'update', replaces: true });
    }
  }
  const replaced = [...changes.values()].some((change) => change.replaces);
  return { changes, deleteBeforeReplace: replaced && !isAutonamed(news) && sameIdentity(olds, news) };
}

function sameIdentity(olds: JsonObject, news: JsonObject): boolean {
  return nameOf(olds) === nameOf(news) && namespaceOf(olds) === namespaceOf(news);
}

function valueAt(value: Json | undefined, path: readonly Step[]): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return value;
  return valueAt(Reflect.get(value, step), rest);
}
