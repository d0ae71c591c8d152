import type { ServerResponse } from 'node:http';
import type { ObjectStore, Written } from './object-store.ts';
import { statusOf } from './refused.ts';
import type { Matches } from './selectors.ts';
import type { StoredObject } from './stored-object.ts';

export interface WatchedCollection {
  readonly collection: string;
  readonly namespace: string | undefined;
  readonly matches: Matches;
}

/** One open watch. */
export class WatchConnection {
  readonly resource: string;
  readonly #response: ServerResponse;
  readonly #watched: WatchedCollection;
  readonly #bookmarks: boolean;
  #silent = false;
  /** What is held back. */
  #late: string[] | undefined;

  constructor(response: ServerResponse, watched: WatchedCollection, bookmarks: boolean) {
    this.resource = watched.collection;
    this.#response = response;
    this.#watched = watched;
    this.#bookmarks = bookmarks;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
  }

  /** Sends what has happened since the revision, or, without one, what there is; then what happens. */
  start(store: ObjectStore, revision: number | undefined): void {
    if (revision !== undefined && store.isCompacted(revision)) {
      // So says the API server's watch cache: status 200 and an ERROR event.
      this.send('ERROR', statusOf(410, 'Expired', `too old resource version: ${revision} (${store.revision})`));
      this.end();
      return;
    }
    const { collection, namespace, matches } = this.#watched;
    if (revision === undefined) for (const object of store.list(collection, namespace, matches)) this.send('ADDED', object);
    else for (const written of store.since(revision)) this.#tell(written);
    this.#response.on(
      'close',
      store.onWrite((written) => this.#tell(written)),
    );
  }

  send(type: string, object: unknown): void {
    this.sendText(`${JSON.stringify({ type, object })}\n`);
  }
  sendText(text: string): void {
    if (this.#silent || this.#response.writableEnded) return;
    if (this.#late === undefined) this.#response.write(text);
    else this.#late.push(text);
  }
  bookmark(revision: number): void {
    if (this.#bookmarks) this.send('BOOKMARK', { kind: 'Unknown', metadata: { resourceVersion: String(revision) } });
  }
  /** From here on nothing arrives, and the connection stays open. */
  fallSilent(): void {
    this.#silent = true;
  }
  /** From here on events are held back, until `catchUp`. */
  lag(): void {
    this.#late ??= [];
  }
  catchUp(): void {
    const late = this.#late ?? [];
    this.#late = undefined;
    for (const text of late) this.sendText(text);
  }
  /** In good order, as when `timeoutSeconds` is over. */
  end(): void {
    this.#response.end();
  }
  reset(): void {
    this.#response.socket?.resetAndDestroy();
  }

  /** Seen through the selectors, an object that begins to match is added and one that ceases to is deleted. */
  #tell({ revision, collection, before, now }: Written): void {
    const { namespace } = this.#watched;
    const place = (now ?? before)?.metadata.namespace;
    if (collection !== this.#watched.collection || (namespace !== undefined && namespace !== place)) return;
    const was = before !== undefined && this.#watched.matches(before);
    const is = now !== undefined && this.#watched.matches(now);
    if (is) this.send(was ? 'MODIFIED' : 'ADDED', now);
    else if (was) this.send('DELETED', atRevision(before, revision));
  }
}

/** A DELETED event carries the last state, under the revision of the deletion. */
function atRevision(object: StoredObject, revision: number): StoredObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}
