import type { ObjectStore } from './object-store.ts';
import { Refused } from './refused.ts';
import type { Matches } from './selectors.ts';
import type { StoredObject } from './stored-object.ts';

export interface ListQuery {
  readonly collection: string;
  readonly namespace: string | undefined;
  readonly matches: Matches;
  /** 0 for all. */
  readonly limit: number;
  readonly token: string;
}

export interface Page {
  readonly items: readonly StoredObject[];
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number };
}

interface Rest {
  readonly revision: number;
  readonly items: readonly StoredObject[];
}

/** Lists in pages over one snapshot, as the API server does: a token is good until the store is compacted. */
export class Pages {
  readonly #store: ObjectStore;
  readonly #rests = new Map<string, Rest>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  read(query: ListQuery): Page {
    const rest = query.token === '' ? this.#snapshot(query) : this.#resume(query);
    const items = query.limit > 0 ? rest.items.slice(0, query.limit) : rest.items;
    const resourceVersion = String(rest.revision);
    if (items.length === rest.items.length) return { items, metadata: { resourceVersion } };
    const left = { revision: rest.revision, items: rest.items.slice(items.length) };
    const metadata = { resourceVersion, continue: this.#keep(left), remainingItemCount: left.items.length };
    return { items, metadata };
  }

  #snapshot({ collection, namespace, matches }: ListQuery): Rest {
    return { revision: this.#store.revision, items: this.#store.list(collection, namespace, matches) };
  }

  #resume(query: ListQuery): Rest {
    const rest = this.#rests.get(query.token);
    if (rest === undefined) throw new Refused(400, 'BadRequest', 'continue key is not valid');
    if (!this.#store.isCompacted(rest.revision)) return rest;
    // The refusal carries a token that goes on behind the last page, on data of now.
    const seen = rest.items[0];
    const now = this.#snapshot(query);
    const items = now.items.filter((item) => seen !== undefined && orderOf(item) >= orderOf(seen));
    const message = 'The provided continue parameter is too old to display a consistent list result.';
    throw new Refused(410, 'Expired', message, this.#keep({ revision: now.revision, items }));
  }

  #keep(rest: Rest): string {
    const token = `token-${this.#rests.size + 1}`;
    this.#rests.set(token, rest);
    return token;
  }
}

function orderOf({ metadata }: StoredObject): string {
  return `${metadata.namespace ?? ''}|${metadata.name}`;
}
