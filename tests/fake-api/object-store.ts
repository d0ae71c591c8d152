import { randomUUID } from 'node:crypto';
import { applyPatch } from './patches.ts';
import { Refused } from './refused.ts';
import type { Matches } from './selectors.ts';
import { isSameJson, isTree, type StoredObject, type Tree, treeAt } from './stored-object.ts';

/** One write, in the order of the resourceVersions. */
export interface Written {
  readonly revision: number;
  readonly collection: string;
  /** As it was before and as it is now; `now` of a deletion is undefined and `before` then bears the deletion's revision. */
  readonly before: StoredObject | undefined;
  readonly now: StoredObject | undefined;
}

export interface Place {
  /** `deployments.apps`, `services`. */
  readonly collection: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** May change or refuse (throw Refused) what is about to be written, as admission does. */
export type Admission = (object: StoredObject, old: StoredObject | undefined, place: Place) => StoredObject;

/** Objects of all collections with one revision counter, as etcd has it, and the history that watches resume from. */
export class ObjectStore {
  readonly #objects = new Map<string, StoredObject>();
  readonly #history: Written[] = [];
  readonly #listeners = new Set<(written: Written) => void>();
  #revision = 1;
  #compacted = 0;
  admission: Admission = (object) => object;

  get revision(): number {
    return this.#revision;
  }

  /** Forgets what was before a revision, now when not given: watches and pages from there are answered 410. */
  compact(revision = this.#revision): void {
    const kept = this.#history.findIndex((written) => written.revision > revision);
    this.#history.splice(0, kept < 0 ? this.#history.length : kept);
    this.#compacted = Math.max(this.#compacted, revision);
  }

  isCompacted(revision: number): boolean {
    return revision < this.#compacted;
  }

  since(revision: number): readonly Written[] {
    return this.#history.filter((written) => written.revision > revision);
  }

  onWrite(listener: (written: Written) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Objects of a collection in the order of their keys, as etcd lists them. */
  list(collection: string, namespace: string | undefined, matches: Matches): StoredObject[] {
    const prefix = `${collection}|${namespace === undefined ? '' : `${namespace}|`}`;
    return [...this.#objects]
      .filter(([key, object]) => key.startsWith(prefix) && matches(object))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  has(place: Place): boolean {
    return this.#objects.has(keyOf(place));
  }

  get(place: Place): StoredObject {
    const object = this.#objects.get(keyOf(place));
    if (object === undefined) throw new Refused(404, 'NotFound', `${place.collection} "${place.name}" not found`);
    return object;
  }

  create(collection: string, namespace: string | undefined, body: Tree): StoredObject {
    const given = treeAt(body, 'metadata');
    const generated = typeof given.generateName === 'string' ? given.generateName + randomUUID().slice(0, 5) : '';
    const name = typeof given.name === 'string' ? given.name : generated;
    if (name === '') throw new Refused(422, 'Invalid', 'metadata.name: Required value: name or generateName is required');
    const place = { collection, namespace, name };
    if (this.#objects.has(keyOf(place))) throw new Refused(409, 'AlreadyExists', `${collection} "${name}" already exists`);
    const creationTimestamp = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const metadata = { ...given, name, namespace, uid: randomUUID(), creationTimestamp, generation: 1, resourceVersion: '' };
    return this.#write(place, this.admission({ ...body, metadata }, undefined, place), undefined);
  }

  update(place: Place, body: Tree): StoredObject {
    return this.#replace(place, body);
  }

  patch(place: Place, contentType: string, patch: Tree): StoredObject {
    return this.#replace(place, applyPatch(contentType, this.get(place), patch), treeAt(patch, 'metadata'));
  }

  delete(place: Place, options: Tree): StoredObject {
    const old = this.get(place);
    checkPreconditions(place, old, treeAt(options, 'preconditions'));
    this.#objects.delete(keyOf(place));
    this.#revision += 1;
    const last = { ...old, metadata: { ...old.metadata, resourceVersion: String(this.#revision) } };
    this.#tell({ revision: this.#revision, collection: place.collection, before: last, now: undefined });
    return last;
  }

  #replace(place: Place, body: Tree, preconditions: Tree = treeAt(body, 'metadata')): StoredObject {
    const old = this.get(place);
    checkPreconditions(place, old, preconditions);
    const { name, namespace, uid, resourceVersion, creationTimestamp, generation } = old.metadata;
    const kept = { name, namespace, uid, resourceVersion, creationTimestamp, generation };
    const admitted = this.admission({ ...body, metadata: { ...treeAt(body, 'metadata'), ...kept } }, old, place);
    // As in Kubernetes: a write that changes nothing is none.
    if (isSameJson(admitted, old)) return old;
    const changed = !isSameJson(admitted.spec, old.spec);
    const next = typeof generation === 'number' && changed ? generation + 1 : generation;
    return this.#write(place, { ...admitted, metadata: { ...admitted.metadata, generation: next } }, old);
  }

  #write(place: Place, object: StoredObject, before: StoredObject | undefined): StoredObject {
    this.#revision += 1;
    const now: StoredObject = structuredClone({
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.#revision) },
    });
    this.#objects.set(keyOf(place), now);
    this.#tell({ revision: this.#revision, collection: place.collection, before, now });
    return now;
  }

  #tell(written: Written): void {
    this.#history.push(written);
    for (const listener of this.#listeners) listener(written);
  }
}

function keyOf({ collection, namespace, name }: Place): string {
  return `${collection}|${namespace ?? ''}|${name}`;
}

function checkPreconditions(place: Place, object: StoredObject, expected: Tree): void {
  for (const field of ['uid', 'resourceVersion'] as const) {
    const value = isTree(expected) ? expected[field] : undefined;
    if (value === undefined || value === null || value === '' || value === object.metadata[field]) continue;
    const message = `the ${field} in the precondition (${value}) does not match that of the object (${object.metadata[field]})`;
    throw new Refused(409, 'Conflict', `operation cannot be fulfilled on ${place.collection} "${place.name}": ${message}`);
  }
}
