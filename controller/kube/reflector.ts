import { ApiError, ConnectionError, isApiTrouble } from './api-error.ts';
import { Backoff, reflectorBackoff } from './backoff.ts';
import type { Client } from './client.ts';
import { type Clock, pause, systemClock } from './clock.ts';
import type { KubeObject } from './kube-object.ts';
import { listPage } from './list.ts';
import { type Change, type Packing, ProjectedObjects } from './projected-objects.ts';
import { readWatchEvent, type WatchEvent } from './watch-event.ts';
import { type ListReason, listDueAfter, retryDelayMs, type WatchEnd, watchEndOf } from './watch-trouble.ts';

/** What a reflector tells about itself, for metrics and log lines. */
export type ReflectorEvent =
  | { readonly type: 'listed'; readonly reason: ListReason; readonly objects: number; readonly seconds: number }
  | { readonly type: 'watchEnded'; readonly reason: WatchEnd }
  | { readonly type: 'retrying'; readonly error: ApiError | ConnectionError; readonly delayMs: number };

export interface ReflectorOptions<T> {
  readonly client: Client;
  /** A collection; `formatApiPath` makes one. */
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects in one page of a list; 100 when not given: larger ones would be old garbage by the time they are read. */
  readonly pageSize?: number;
  /** What is kept of an object. Pure and total. */
  readonly project: (object: KubeObject) => T;
  /** How that is kept; as JSON when not given. */
  readonly packing?: Packing<T>;
  /** Called after the objects have changed, in the order of the changes; does no work but to note the key. */
  readonly onChange: (change: Change<T>) => void;
  readonly observe?: (event: ReflectorEvent) => void;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/**
 * The API server sends a bookmark about once a minute on a quiet watch (apiserver: pkg/storage/cacher/cacher.go,
 * `defaultBookmarkFrequency`). One that says nothing for longer is taken for dead.
 */
const watchSilenceMs = 100_000;

/** A watch that ends in good order within this time, without an event, is taken for a fault (reflector.go, "very short watch"). */
const shortWatchMs = 1_000;

/**
 * Keeps a projection of every object of a collection up to date, for ever: lists in pages, then watches from there with
 * bookmarks. A watch that ends, breaks, falls silent or is refused resumes at the last resourceVersion; one that is too old
 * lists again. Rules as in client-go: tools/cache/reflector.go.
 *
 * What the network and the server do is retried without end. What `project` or `onChange` throw is a defect: `failed` rejects
 * with it, and unless somebody handles that the process ends, as a panic ends it there.
 */
export class Reflector<T> {
  /** Resolves after the first complete list, its changes told; stays pending when the reflector is stopped before. */
  readonly synced: Promise<void>;
  /** Rejects when `project` or `onChange` throws; resolves when the reflector has stopped. */
  readonly failed: Promise<void>;
  readonly #options: ReflectorOptions<T>;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #objects: ProjectedObjects<T>;
  readonly #resolveSynced: () => void;
  readonly #stop = new AbortController();
  /** Ends the present watch, and nothing else: what waits after a failure goes on waiting. */
  #interrupt = new AbortController();
  #failures = 0;
  /** Whether the present watch was answered at all. */
  #answered = false;
  #resourceVersion = '';
  #lastContact: number;
  #listedAsOf = Number.NEGATIVE_INFINITY;
  #waiting: { readonly asOf: number; readonly resolve: () => void }[] = [];

  /** Starts at once. */
  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#lastContact = this.#clock.now();
    this.#backoff = new Backoff(reflectorBackoff, this.#clock, options.random);
    this.#objects = new ProjectedObjects(options.project, options.onChange, options.packing);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#resolveSynced = resolve;
    this.failed = this.#run();
  }

  /** True once the first list is complete. */
  get isSynced(): boolean {
    return this.#listedAsOf !== Number.NEGATIVE_INFINITY;
  }
  /** When the server last sent something that was no refusal, on the clock's monotonic time; the start, before that. */
  get lastContact(): number {
    return this.#lastContact;
  }
  get size(): number {
    return this.#objects.size;
  }
  /** The projection of the object with that key, `namespace/name` or the name alone. */
  get(key: string): T | undefined {
    return this.#objects.get(key);
  }
  /** The keys of all objects. */
  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }
  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  /**
   * Resolves when a list that began at `asOf` or later (monotonic milliseconds, now when not given) is complete: what was written
   * before that moment is then known here. Lists anew unless that has happened already. A new leader waits for this, because a
   * watch says nothing about how far behind it is. Stays pending when the reflector is stopped before.
   */
  waitUntilCurrent(asOf: number = this.#clock.now()): Promise<void> {
    if (this.#listedAsOf >= asOf) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ asOf, resolve });
      this.#interrupt.abort();
    });
  }

  /** Ends the watch and every wait; the objects stay readable. Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#interrupt.abort();
    await this.failed.catch(() => undefined);
  }

  async #run(): Promise<void> {
    let reason: ListReason = 'start';
    while (!this.#stop.signal.aborted) {
      try {
        await this.#list(reason);
        reason = await this.#watchUntilListIsDue();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        await this.#waitAfter(error);
      }
    }
  }

  async #list(reason: ListReason): Promise<void> {
    const began = this.#clock.now();
    const { pageSize = 100 } = this.#options;
    const finish = await this.#gather(pageSize).catch((error: unknown) => {
      // The snapshot went away between two pages; one answer with everything cannot break so (client-go: tools/pager/pager.go).
      if (error instanceof ApiError && error.gone) return this.#gather(undefined);
      throw error;
    });
    finish();
    this.#failures = 0;
    this.#listedAsOf = began;
    this.#resolveSynced();
    for (const { resolve } of this.#waiting.filter(({ asOf }) => asOf <= began)) resolve();
    this.#waiting = this.#waiting.filter(({ asOf }) => asOf > began);
    const seconds = (this.#clock.now() - began) / 1000;
    this.#options.observe?.({ type: 'listed', reason, objects: this.size, seconds });
  }

  /** Reads the whole list; what comes back puts it in the place of the present objects. */
  async #gather(pageSize: number | undefined): Promise<() => void> {
    const { client, path, labelSelector, fieldSelector } = this.#options;
    const request = { path, query: { labelSelector, fieldSelector }, pageSize, signal: this.#stop.signal };
    const replacement = this.#objects.beginReplacement();
    for (let token: string | undefined; ; ) {
      const page = await listPage(client, request, token);
      this.#lastContact = this.#clock.now();
      for (const object of page.items) replacement.add(object);
      token = page.continueToken;
      if (token !== undefined) continue;
      return () => {
        this.#resourceVersion = page.resourceVersion;
        replacement.finish();
      };
    }
  }

  async #watchUntilListIsDue(): Promise<ListReason> {
    for (let watches = 1; ; watches += 1) {
      this.#stop.signal.throwIfAborted();
      if (this.#waiting.length > 0) return 'asked';
      this.#interrupt = new AbortController();
      const error = await this.#watch();
      if (error === undefined) continue;
      this.#failures += 1;
      this.#options.observe?.({ type: 'watchEnded', reason: watchEndOf(error) });
      const due = listDueAfter(error, this.#failures);
      // No trouble of the server's, and whoever resumes has waited already; only of what was listed just now it would be one.
      if (due === 'gone' && watches > 1) return due;
      await this.#waitAfter(error);
      if (due !== undefined) return due;
    }
  }

  /** One watch; gives what ended it before its time, or undefined when the next one may follow at once. */
  async #watch(): Promise<ApiError | ConnectionError | undefined> {
    try {
      await this.#readWatch(this.#interrupt.signal);
    } catch (error) {
      if (this.#interrupt.signal.aborted) return undefined;
      if (!isApiTrouble(error)) throw error;
      // An API server that has not seen an object of a kind since its start sends no bookmark either (cacher.go): no trouble, as
      // long as it takes the next watch. A dead connection is noticed by the kernel before that.
      if (!(this.#answered && watchEndOf(error) === 'silent')) return error;
      this.#options.observe?.({ type: 'watchEnded', reason: 'silent' });
      return undefined;
    }
    this.#options.observe?.({ type: 'watchEnded', reason: 'timeout' });
    return undefined;
  }

  async #readWatch(signal: AbortSignal): Promise<void> {
    const { client, path, labelSelector, fieldSelector, random = Math.random } = this.#options;
    const began = this.#clock.now();
    let events = 0;
    this.#answered = false;
    const query = {
      labelSelector,
      fieldSelector,
      resourceVersion: this.#resourceVersion,
      allowWatchBookmarks: true,
      // Spread, so that the watches of many clients do not end together (reflector.go, `minWatchTimeout`).
      timeoutSeconds: Math.round(300 + random() * 300),
    };
    const onBytes = () => {
      this.#answered = true;
      this.#lastContact = this.#clock.now();
    };
    const call = { verb: 'watch', path } as const;
    for await (const line of client.watch({ path, query, signal, silenceMs: watchSilenceMs, onBytes })) {
      this.#take(readWatchEvent(call, line));
      events += 1;
      this.#failures = 0;
    }
    if (events === 0 && this.#clock.now() - began < shortWatchMs) {
      throw new ConnectionError(call, 'reset', 'the watch ended at once, without an event');
    }
  }

  #take(event: WatchEvent): void {
    if (event.type === 'BOOKMARK') {
      this.#resourceVersion = event.resourceVersion;
      return;
    }
    if (event.type === 'DELETED') this.#objects.remove(event.object);
    else this.#objects.put(event.object);
    this.#resourceVersion = event.object.metadata.resourceVersion;
  }

  async #waitAfter(error: unknown): Promise<void> {
    if (!isApiTrouble(error)) throw error;
    const delayMs = retryDelayMs(error, this.#backoff.next());
    this.#options.observe?.({ type: 'retrying', error, delayMs });
    await pause(this.#clock, delayMs, this.#stop.signal);
  }
}
