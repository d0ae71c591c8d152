import { type KubeObject, keyOf } from './kube-object.ts';

/** What became of one object. `before` and `now` are projections; an object that was deleted and made anew between two looks is `modified`. */
export interface Change<T> {
  readonly type: 'added' | 'modified' | 'deleted';
  /** `namespace/name`, or the name alone. */
  readonly key: string;
  readonly now: T | undefined;
  readonly before: T | undefined;
}

interface Entry<T> {
  readonly resourceVersion: string;
  readonly projection: T;
}

/** Projections of the objects of one collection by key, and what changes in them. */
export class ProjectedObjects<T> {
  readonly #project: (object: KubeObject) => T;
  readonly #onChange: (change: Change<T>) => void;
  #entries = new Map<string, Entry<T>>();

  constructor(project: (object: KubeObject) => T, onChange: (change: Change<T>) => void) {
    this.#project = project;
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#entries.size;
  }
  get(key: string): T | undefined {
    return this.#entries.get(key)?.projection;
  }
  *values(): Generator<T, void, undefined> {
    for (const entry of this.#entries.values()) yield entry.projection;
  }

  /** Takes in one object. The same resourceVersion again is no change. */
  put(object: KubeObject): void {
    const key = keyOf(object.metadata);
    const known = this.#entries.get(key);
    const entry = this.#entryFor(object, known);
    if (entry === known) return;
    this.#entries.set(key, entry);
    this.#tell(key, entry, known);
  }

  remove(object: KubeObject): void {
    const key = keyOf(object.metadata);
    const known = this.#entries.get(key);
    if (known === undefined) return;
    this.#entries.delete(key);
    this.#tell(key, undefined, known);
  }

  /** Begins a new list: it is gathered beside the present objects and takes their place at once when it is complete. */
  beginReplacement(): Replacement {
    const present = this.#entries;
    const next = new Map<string, Entry<T>>();
    return {
      add: (object) => {
        const key = keyOf(object.metadata);
        next.set(key, this.#entryFor(object, present.get(key)));
      },
      finish: () => {
        this.#entries = next;
        for (const [key, entry] of next) this.#tell(key, entry, present.get(key));
        for (const [key, entry] of present) if (!next.has(key)) this.#tell(key, undefined, entry);
      },
    };
  }

  #entryFor(object: KubeObject, known: Entry<T> | undefined): Entry<T> {
    const { resourceVersion } = object.metadata;
    if (known?.resourceVersion === resourceVersion) return known;
    return { resourceVersion, projection: this.#project(object) };
  }

  #tell(key: string, now: Entry<T> | undefined, before: Entry<T> | undefined): void {
    if (now === before) return;
    const type = now === undefined ? 'deleted' : before === undefined ? 'added' : 'modified';
    this.#onChange({ type, key, now: now?.projection, before: before?.projection });
  }
}

export interface Replacement {
  add(object: KubeObject): void;
  finish(): void;
}
