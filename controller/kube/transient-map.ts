/** Deletions that a Map may have in any case before another takes its place. */
const FEWEST_DELETIONS = 64;

/**
 * A Map for what comes and goes all the time. V8 gives a Map a new table after every few deletions, and lets the one before
 * point to it, for iterators. Once such a table is in the old generation, dead or not, all later ones and what hangs on them are
 * moved there too: in most starts with 20,000 workloads 9 KB of each pass, which made 40 MB more resident. So after as many
 * deletions as there are entries a Map takes its place that no other points to.
 */
export class TransientMap<K, V> {
  #entries = new Map<K, V>();
  #deletions = 0;

  get size(): number {
    return this.#entries.size;
  }
  get(key: K): V | undefined {
    return this.#entries.get(key);
  }
  set(key: K, value: V): void {
    this.#entries.set(key, value);
  }
  delete(key: K): void {
    if (!this.#entries.delete(key)) return;
    this.#deletions += 1;
    if (this.#deletions < Math.max(FEWEST_DELETIONS, this.#entries.size)) return;
    this.#entries = new Map(this.#entries);
    this.#deletions = 0;
  }
  /** As they are now; what is deleted meanwhile may still come. */
  entries(): IterableIterator<[K, V]> {
    return this.#entries.entries();
  }
}
