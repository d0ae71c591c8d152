/** JSON that can be written to: what the fake API server keeps. */
export type Tree = { [field: string]: unknown };

export interface StoredObject extends Tree {
  metadata: Tree & { name: string; namespace?: string; uid: string; resourceVersion: string };
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field that is an object; an empty one stands for a missing one. */
export function treeAt(tree: Tree, field: string): Tree {
  const value = tree[field];
  return isTree(value) ? value : {};
}

/** Same JSON, whatever the order of the fields. */
export function isSameJson(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isTree(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
