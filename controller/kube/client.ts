import type { Dispatcher } from 'undici';
import { ApiError, type Call, ConnectionError, describeCause } from './api-error.ts';
import { type HttpMethod, type Verb, verbOf } from './api-path.ts';
import { type Clock, systemClock } from './clock.ts';
import { type ClusterAccess, Credentials } from './credentials.ts';
import { readJson, readRefusal } from './response.ts';
import { TimeLimit } from './time-limit.ts';
import { jsonLines } from './watch-lines.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export type BodyType =
  | 'application/json'
  | 'application/merge-patch+json'
  | 'application/strategic-merge-patch+json'
  | 'application/json-patch+json'
  | 'application/apply-patch+yaml';

export interface ApiRequest {
  readonly method: HttpMethod;
  /** Path below the server's address; `formatApiPath` makes one. */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** `application/json` when not given; a PATCH needs one of the patch types. */
  readonly contentType?: BodyType;
  readonly accept?: string;
  /** Ends the request; what the signal's reason is gets thrown. */
  readonly signal?: AbortSignal;
  /** The whole answer must have come by then, seconds; 30 when not given. */
  readonly timeoutSeconds?: number;
  /** Stands in no line for a connection, however many other requests there are. */
  readonly urgent?: boolean;
}

export interface WatchRequest {
  readonly path: string;
  /** `watch=true` is added. */
  readonly query?: Query;
  readonly signal?: AbortSignal;
  /** The watch is given up when not one byte came for so long, milliseconds. */
  readonly silenceMs: number;
  /** Called for the answer's head and for every piece of it. */
  readonly onBytes?: () => void;
}

export interface Client {
  /**
   * One request; gives the parsed body.
   * @throws ApiError when the server refuses, ConnectionError when there is no answer that can be read
   */
  request(request: ApiRequest): Promise<unknown>;
  /**
   * Opens a watch; yields each line, parsed. Ends when the server ends it; leaving the loop ends the connection.
   * @throws ApiError, ConnectionError as `request`
   */
  watch(request: WatchRequest): AsyncGenerator<unknown, void, undefined>;
  /** Ends all connections. */
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly clock?: Clock;
  /** Called once for each request that got an answer or failed, not for those that the caller ended. `code` is the HTTP status. */
  readonly onRequest?: (request: { readonly verb: Verb; readonly code: number | 'error' }) => void;
  /** What the API server's audit log and the field managers show; `orcon` when not given. */
  readonly userAgent?: string;
}

/** A client for the cluster that the KubeConfig's current context names. */
export function createClient(access: ClusterAccess, options: ClientOptions = {}): Client {
  return new KubeClient(access, options);
}

class KubeClient implements Client {
  readonly #credentials: Credentials;
  readonly #clock: Clock;
  readonly #onRequest: NonNullable<ClientOptions['onRequest']>;
  readonly #userAgent: string;

  constructor(access: ClusterAccess, options: ClientOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#credentials = new Credentials(access, this.#clock);
    this.#onRequest = options.onRequest ?? (() => undefined);
    this.#userAgent = options.userAgent ?? 'orcon';
  }

  async request(request: ApiRequest): Promise<unknown> {
    const call = { verb: verbOf(request.method, request.path, false), path: request.path };
    const limit = new TimeLimit(this.#clock, (request.timeoutSeconds ?? 30) * 1000, request.signal);
    try {
      const response = await this.#send(call, request, limit);
      return await readJson(call, response).catch((error: unknown) => this.#giveUp(call, error, limit));
    } finally {
      limit.clear();
    }
  }

  async *watch(request: WatchRequest): AsyncGenerator<unknown, void, undefined> {
    const call: Call = { verb: 'watch', path: request.path };
    const limit = new TimeLimit(this.#clock, request.silenceMs, request.signal);
    const heard = () => {
      limit.extend();
      request.onBytes?.();
    };
    try {
      const query = { ...request.query, watch: true };
      const response = await this.#send(call, { method: 'GET', path: request.path, query }, limit);
      heard();
      yield* jsonLines(call, response.body, heard);
    } catch (error) {
      this.#giveUp(call, error, limit);
    } finally {
      limit.clear();
    }
  }

  async close(): Promise<void> {
    await this.#credentials.close();
  }

  /** Gives an answer of the 200s, its body still unread. */
  async #send(call: Call, request: ApiRequest, limit: TimeLimit): Promise<Dispatcher.ResponseData> {
    let response: Dispatcher.ResponseData;
    try {
      response = await this.#dispatch(call, request, limit.signal);
    } catch (error) {
      if (!limit.endedByCaller) this.#onRequest({ verb: call.verb, code: 'error' });
      return this.#giveUp(call, error, limit);
    }
    this.#onRequest({ verb: call.verb, code: response.statusCode });
    if (response.statusCode >= 200 && response.statusCode < 300) return response;
    if (response.statusCode === 401) this.#credentials.expire();
    const refusal = await readRefusal(response).catch((error: unknown) => this.#giveUp(call, error, limit));
    throw new ApiError(call, refusal);
  }

  async #dispatch(call: Call, request: ApiRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const session = await this.#credentials.session().catch((error: unknown) => {
      throw new ConnectionError(call, 'credentials', `credentials: ${describeCause(error)}`, error);
    });
    signal.throwIfAborted();
    const url = new URL(session.server + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers: Record<string, string> = {
      ...session.headers,
      accept: request.accept ?? 'application/json',
      'user-agent': this.#userAgent,
    };
    if (request.body !== undefined) headers['content-type'] = request.contentType ?? 'application/json';
    const pool = request.urgent || call.verb === 'watch' ? session.pools.own : session.pools.shared;
    return pool.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers,
      body: request.body === undefined ? null : JSON.stringify(request.body),
      signal,
      // The time limit is ours, on our clock.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  #giveUp(call: Call, error: unknown, limit: TimeLimit): never {
    if (limit.endedByCaller) throw limit.signal.reason;
    if (limit.expired) throw new ConnectionError(call, 'silent', `nothing came for ${limit.lengthMs / 1000} s`);
    if (error instanceof ApiError || error instanceof ConnectionError) throw error;
    throw new ConnectionError(call, 'reset', `no answer: ${describeCause(error)}`, error);
  }
}
