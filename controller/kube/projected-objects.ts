import { type KubeObject, keyOf } from './kube-object.ts';

/** What became of one object. `before` and `now` are projections; an object that was deleted and made anew between two looks is `modified`. */
export interface Change<T> {
  readonly type: 'added' | 'modified' | 'deleted';
  /** `namespace/name`, or the name alone. */
  readonly key: string;
  readonly now: T | undefined;
  readonly before: T | undefined;
}

/** How a projection is kept as text, and read again. */
export interface Packing<T> {
  readonly pack: (projection: T) => string;
  readonly unpack: (text: string) => T;
}

/** For a projection that is JSON, undefined fields aside. */
export const jsonPacking = <T>(): Packing<T> => ({
  // What is projected to nothing is kept as nothing.
  pack: (projection) => JSON.stringify(projection) ?? '',
  unpack: (text) => (text === '' ? undefined : JSON.parse(text)),
});

interface Entry {
  readonly resourceVersion: string;
  /** One flat text: objects, their lists and forty short texts would take five times as much memory, and are needed a few times an hour. */
  readonly packed: string;
}

/** Projections of the objects of one collection by key, and what changes in them. */
export class ProjectedObjects<T> {
  readonly #project: (object: KubeObject) => T;
  readonly #onChange: (change: Change<T>) => void;
  readonly #packing: Packing<T>;
  #entries = new Map<string, Entry>();

  constructor(project: (object: KubeObject) => T, onChange: (change: Change<T>) => void, packing: Packing<T> = jsonPacking()) {
    this.#project = project;
    this.#onChange = onChange;
    this.#packing = packing;
  }

  get size(): number {
    return this.#entries.size;
  }
  get(key: string): T | undefined {
    return this.#unpacked(this.#entries.get(key));
  }
  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }
  *values(): Generator<T, void, undefined> {
    for (const { packed } of this.#entries.values()) yield this.#packing.unpack(packed);
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
    const next = new Map<string, Entry>();
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

  #entryFor(object: KubeObject, known: Entry | undefined): Entry {
    const { resourceVersion } = object.metadata;
    if (known?.resourceVersion === resourceVersion) return known;
    return { resourceVersion, packed: this.#packing.pack(this.#project(object)) };
  }

  #unpacked(entry: Entry | undefined): T | undefined {
    return entry === undefined ? undefined : this.#packing.unpack(entry.packed);
  }

  #tell(key: string, now: Entry | undefined, before: Entry | undefined): void {
    if (now === before) return;
    const type = now === undefined ? 'deleted' : before === undefined ? 'added' : 'modified';
    this.#onChange({ type, key, now: this.#unpacked(now), before: this.#unpacked(before) });
  }
}

export interface Replacement {
  add(object: KubeObject): void;
  finish(): void;
}
