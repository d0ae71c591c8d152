import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type HttpMethod, parseApiPath, resourceName, type Verb, verbOf } from '../../controller/kube/api-path.ts';
import { Faults, type RequestFilter } from './faults.ts';
import { ObjectStore, type Place } from './object-store.ts';
import { Pages } from './pages.ts';
import { Refused, reasons, statusOf } from './refused.ts';
import { fieldMatcher, labelMatcher } from './selectors.ts';
import { isTree, type StoredObject, type Tree } from './stored-object.ts';
import { WatchConnection } from './watch-connection.ts';

/** One request as it came in. */
export interface SeenRequest {
  readonly verb: Verb;
  /** `deployments.apps`, `services`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<IncomingMessage['headers']>;
  readonly body: unknown;
}

export interface TlsPair {
  readonly key: string;
  readonly cert: string;
}

/**
 * An API server in the test's own process: any collection can be listed, watched and written; what goes wrong is up to the test.
 * It keeps to the rules that clients rely on (revisions, preconditions, selectors, pages, bookmarks, 410) and checks no schema
 * and no namespace, and no rights unless told to. No time passes in it: watches end and bookmarks come when the test says so.
 */
export class FakeApi {
  readonly store = new ObjectStore();
  readonly faults = new Faults();
  /** Whether an account has the right to a request; here every one has, until the test says otherwise. */
  authorize: (request: SeenRequest) => boolean = () => true;
  /** All requests, in the order in which they came in. */
  readonly requests: SeenRequest[] = [];
  readonly #pages = new Pages(this.store);
  readonly #watches = new Set<WatchConnection>();
  readonly #server: ReturnType<typeof createServer>;
  readonly #scheme: string;

  private constructor(tls: TlsPair | undefined) {
    const listener: RequestListener = (request, response) => void this.#serve(request, response);
    this.#server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
    this.#scheme = tls === undefined ? 'http' : 'https';
  }

  static async start(tls?: TlsPair): Promise<FakeApi> {
    const api = new FakeApi(tls);
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get url(): string {
    const address = this.#server.address() as AddressInfo;
    return `${this.#scheme}://127.0.0.1:${address.port}`;
  }

  onConnection(listener: () => void): void {
    this.#server.on(this.#scheme === 'https' ? 'secureConnection' : 'connection', listener);
  }

  /** Open watches, of one resource or all. */
  watches(resource?: string): readonly WatchConnection[] {
    return [...this.#watches].filter((watch) => resource === undefined || watch.resource === resource);
  }

  /** Requests that fit, in the order in which they came in. */
  seen(filter: RequestFilter): readonly SeenRequest[] {
    return this.requests.filter(
      ({ verb, resource, name }) =>
        verb === (filter.verb ?? verb) && resource === (filter.resource ?? resource) && name === (filter.name ?? name),
    );
  }

  /** Sends a bookmark with the present revision on every watch that asked for them. */
  bookmark(): void {
    for (const watch of this.#watches) watch.bookmark(this.store.revision);
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(request, response);
    } catch (error) {
      const { code, reason, message, continueToken } =
        error instanceof Refused ? error : new Refused(500, 'InternalError', String(error));
      sendJson(response, code, statusOf(code, reason, message, continueToken));
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const url = new URL(request.url ?? '/', this.url);
    const target = parseApiPath(url.pathname);
    if (target === undefined) throw new Refused(404, 'NotFound', `no such path: ${url.pathname}`);
    const verb = verbOf(request.method as HttpMethod, url.pathname, url.searchParams.get('watch') === 'true');
    const resource = resourceName(formatCollection(url.pathname));
    const seen = { verb, resource, namespace: target.namespace, name: target.name, path: url.pathname };
    const full = { ...seen, query: url.searchParams, headers: request.headers, body };
    this.requests.push(full);
    if (!this.authorize(full)) throw new Refused(403, 'Forbidden', `User "test" cannot ${verb} resource "${resource}"`);
    if (await this.#sabotage(full, response)) return;
    this.#work(full, response);
  }

  /** True when the request has been dealt with. */
  async #sabotage(request: SeenRequest, response: ServerResponse): Promise<boolean> {
    const fault = this.faults.take(request);
    if (fault === undefined) return false;
    const { kind } = fault;
    if ('stall' in kind) {
      await fault.released;
      return response.destroyed;
    }
    if ('answer' in kind) {
      if (kind.retryAfter !== undefined) response.setHeader('retry-after', kind.retryAfter);
      if (kind.text !== undefined) {
        response.writeHead(kind.answer).end(kind.text);
        return true;
      }
      const message = `the test answers ${request.verb} ${request.path} so`;
      sendJson(response, kind.answer, statusOf(kind.answer, reasons[kind.answer] ?? '', message, kind.continueToken));
    } else if ('text' in kind) response.end(kind.text);
    else {
      if (kind.reset === 'afterWork') this.#outcome(request);
      response.socket?.resetAndDestroy();
    }
    return true;
  }

  #work(request: SeenRequest, response: ServerResponse): void {
    if (request.verb === 'watch') this.#watch(request, response);
    else sendJson(response, request.verb === 'create' ? 201 : 200, this.#outcome(request));
  }

  #outcome(request: SeenRequest): unknown {
    const { verb, resource: collection, namespace, name = '' } = request;
    const place: Place = { collection, namespace, name };
    switch (verb) {
      case 'get':
        return this.store.get(place);
      case 'create':
        return this.store.create(collection, namespace, asTree(request.body));
      case 'update':
        return this.store.update(place, asTree(request.body));
      case 'patch':
        return this.store.patch(place, request.headers['content-type'] ?? '', asTree(request.body));
      case 'delete':
        return this.store.delete(place, isTree(request.body) ? request.body : {});
      case 'list':
        return this.#list(request);
      default:
        throw new Refused(405, 'MethodNotAllowed', `the fake API server does not do ${verb}`);
    }
  }

  #list(request: SeenRequest) {
    const limit = Number(request.query.get('limit') ?? 0);
    const token = request.query.get('continue') ?? '';
    const { items, metadata } = this.#pages.read({ ...watchedBy(request), limit, token });
    const metadataOnly = request.headers.accept?.includes('as=PartialObjectMetadataList') ?? false;
    const kind = metadataOnly ? 'PartialObjectMetadataList' : 'List';
    return {
      kind,
      apiVersion: metadataOnly ? 'meta.k8s.io/v1' : 'v1',
      metadata,
      items: items.map(metadataOnly ? bare : untyped),
    };
  }

  #watch(request: SeenRequest, response: ServerResponse): void {
    const bookmarks = request.query.get('allowWatchBookmarks') === 'true';
    const watch = new WatchConnection(response, watchedBy(request), bookmarks);
    this.#watches.add(watch);
    response.on('close', () => this.#watches.delete(watch));
    const revision = request.query.get('resourceVersion') ?? '';
    watch.start(this.store, revision === '' || revision === '0' ? undefined : Number(revision));
  }
}

function watchedBy({ resource, namespace, query }: SeenRequest) {
  const labels = labelMatcher(query.get('labelSelector') ?? '');
  const fields = fieldMatcher(query.get('fieldSelector') ?? '');
  return { collection: resource, namespace, matches: (object: StoredObject) => labels(object) && fields(object) };
}

/** The items of a list bear no kind and no apiVersion. */
function untyped({ kind: _, apiVersion: __, ...object }: StoredObject) {
  return object;
}

function bare({ metadata }: StoredObject) {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

/** Status and the like are part of the object here. */
function formatCollection(path: string): string {
  return path.replace(/\/(status|scale)$/, '');
}

function asTree(body: unknown): Tree {
  if (!isTree(body)) throw new Refused(400, 'BadRequest', 'the body is no object');
  return body;
}

function sendJson(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece;
  return text === '' ? undefined : JSON.parse(text);
}
