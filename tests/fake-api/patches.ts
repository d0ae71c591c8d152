import { Refused } from './refused.ts';
import { isTree, type Tree } from './stored-object.ts';

/** Applies the body of a PATCH and gives the new object; knows merge patch and, for what workloads need, strategic merge patch. */
export function applyPatch(contentType: string, object: Tree, patch: Tree): Tree {
  switch (contentType) {
    case 'application/merge-patch+json':
      return mergeTrees(object, patch, (_, change) => withoutNulls(change));
    case 'application/strategic-merge-patch+json':
      return mergeTrees(object, patch, mergeByKey);
    default:
      throw new Refused(415, 'UnsupportedMediaType', `the fake API server does not know the patch type ${contentType}`);
  }
}

type MergeLists = (field: string, change: unknown, present: unknown) => unknown;

/** RFC 7396, with lists left to the given rule. */
function mergeTrees(target: unknown, patch: Tree, mergeLists: MergeLists): Tree {
  const merged: Tree = isTree(target) ? { ...target } : {};
  for (const [field, change] of Object.entries(patch)) {
    if (field === '$setElementOrder' || field.startsWith('$setElementOrder/')) continue;
    if (change === null) delete merged[field];
    else if (isTree(change)) merged[field] = mergeTrees(merged[field], change, mergeLists);
    else merged[field] = mergeLists(field, change, merged[field]);
  }
  return merged;
}

/** `patchMergeKey` in the API's types; other lists (`envFrom`, `command`) are atomic. */
const mergeKeys: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  ports: 'containerPort',
  ownerReferences: 'uid',
};

function mergeByKey(field: string, change: unknown, present: unknown): unknown {
  const key = mergeKeys[field];
  if (key === undefined || !Array.isArray(change)) return withoutNulls(change);
  const items: unknown[] = Array.isArray(present) ? [...present] : [];
  for (const item of change) mergeItem(items, key, keyedItem(field, key, item));
  return items;
}

function keyedItem(field: string, key: string, item: unknown): Tree {
  if (isTree(item) && item[key] !== undefined) return item;
  throw new Refused(400, 'BadRequest', `strategic merge patch: an element of ${field} is no object with ${key}`);
}

function mergeItem(items: unknown[], key: string, change: Tree): void {
  const index = items.findIndex((item) => isTree(item) && item[key] === change[key]);
  const merged = change.$patch === 'delete' ? [] : [mergeTrees(items[index], change, mergeByKey)];
  if (index < 0) items.push(...merged);
  else items.splice(index, 1, ...merged);
}

/** Inside what is put in anew a null means nothing, so it is left out. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([field, inner]) => [field, withoutNulls(inner)]),
  );
}
