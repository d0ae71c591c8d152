/** A small Kubernetes API server in memory: enough to see what a provider asks of one, and to plan what it answers. */
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, withAt } from '../../../local/plugins/rpc/json.ts';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly body: Json;
}

const KINDS: Readonly<Record<string, readonly [kind: string, plural: string, namespaced: boolean][]>> = {
  '/api/v1': [
    ['Namespace', 'namespaces', false],
    ['Secret', 'secrets', true],
    ['ConfigMap', 'configmaps', true],
    ['Service', 'services', true],
    ['Pod', 'pods', true],
  ],
  '/apis/apps/v1': [
    ['Deployment', 'deployments', true],
    ['ReplicaSet', 'replicasets', true],
  ],
  '/apis/discovery.k8s.io/v1': [['EndpointSlice', 'endpointslices', true]],
  '/apis/rbac.authorization.k8s.io/v1': [['ClusterRole', 'clusterroles', false]],
};

export class ApiServer {
  readonly requests: SeenRequest[] = [];
  /** By path of the object, as `/api/v1/namespaces/shop/secrets/certs`. */
  readonly objects = new Map<string, JsonObject>();
  /** Answers for the next requests with this method and path, in their order. */
  readonly planned = new Map<string, { status: number; body: JsonObject }[]>();
  /** What becomes of objects whose deletion is asked for; they are gone at once by default. */
  onDelete: (path: string) => void = (path) => this.objects.delete(path);
  readonly #server = createServer((request, response) => {
    this.#answer(request).then(
      ({ status, body }) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      (failure: Error) => response.destroy(failure),
    );
  });
  #uids = 0;

  /** Starts it and returns a kubeconfig's content. */
  async start(namespace = 'default'): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'fake', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'me', user: {} }],
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'me', namespace } }],
      'current-context': 'fake',
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  plan(method: string, path: string, status: number, body: JsonObject): void {
    const key = `${method} ${path}`;
    this.planned.set(key, [...(this.planned.get(key) ?? []), { status, body }]);
  }

  /** The requests that change something. */
  get writes(): readonly SeenRequest[] {
    return this.requests.filter(({ method }) => method !== 'GET');
  }

  async #answer(incoming: IncomingMessage): Promise<{ status: number; body: JsonObject }> {
    const url = new URL(incoming.url ?? '/', 'http://localhost');
    const content = await text(incoming);
    const request: SeenRequest = {
      method: incoming.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      contentType: incoming.headers['content-type'] ?? '',
      body: content === '' ? null : JSON.parse(content),
    };
    this.requests.push(request);
    return this.planned.get(`${request.method} ${request.path}`)?.shift() ?? this.#handle(request);
  }

  #handle(request: SeenRequest): { status: number; body: JsonObject } {
    const kinds = KINDS[request.path];
    if (kinds !== undefined) {
      return { status: 200, body: { resources: kinds.map(([kind, name, namespaced]) => ({ kind, name, namespaced })) } };
    }
    switch (request.method) {
      case 'GET':
        return this.#get(request.path);
      case 'POST':
        return this.#create(request);
      case 'PATCH':
        return this.#patch(request);
      default:
        return this.#delete(request.path);
    }
  }

  #get(path: string): { status: number; body: JsonObject } {
    const plurals = Object.values(KINDS).flatMap((kinds) => kinds.map(([, plural]) => plural));
    if (plurals.some((plural) => path.endsWith(`/${plural}`))) {
      return {
        status: 200,
        body: { items: [...this.objects].filter(([key]) => key.startsWith(`${path}/`)).map(([, each]) => each) },
      };
    }
    const found = this.objects.get(path);
    return found === undefined ? notFound(path) : { status: 200, body: found };
  }

  #create({ path, query, body }: SeenRequest): { status: number; body: JsonObject } {
    const object = objectOf(body);
    const name = String(at(object, 'metadata', 'name'));
    const key = `${path}/${name}`;
    if (this.objects.has(key)) {
      return { status: 409, body: { reason: 'AlreadyExists', message: `${path.split('/').at(-1)} "${name}" already exists` } };
    }
    const created = this.#live(object, query.fieldManager ?? '', 'Update');
    this.objects.set(key, created);
    return { status: 201, body: created };
  }

  #patch({ path, query, contentType, body }: SeenRequest): { status: number; body: JsonObject } {
    const found = this.objects.get(path);
    if (contentType === 'application/json-patch+json') {
      const patched = arrayOf(body)
        .filter(isObject)
        .filter((each) => each.op === 'replace');
      const result = patched.reduce<Json>(
        (object, each) => replaceAt(object, String(each.path).split('/').slice(1), each.value ?? null),
        found ?? {},
      );
      this.objects.set(path, objectOf(result));
      return { status: 200, body: objectOf(result) };
    }
    const applied = this.#live({ ...objectOf(body), status: found?.status }, query.fieldManager ?? '', 'Apply');
    if (query.dryRun !== 'All') this.objects.set(path, applied);
    return { status: 200, body: applied };
  }

  #delete(path: string): { status: number; body: JsonObject } {
    if (!this.objects.has(path)) return notFound(path);
    this.onDelete(path);
    return { status: 200, body: { kind: 'Status', status: 'Success' } };
  }

  #live(object: JsonObject, manager: string, operation: string): JsonObject {
    this.#uids += 1;
    const metadata = {
      ...objectOf(object.metadata),
      uid: `uid-${this.#uids}`,
      resourceVersion: String(this.#uids),
      managedFields: [{ manager, operation }],
    };
    return { ...object, metadata };
  }
}

function notFound(path: string): { status: number; body: JsonObject } {
  return { status: 404, body: { reason: 'NotFound', message: `${path} not found` } };
}

function replaceAt(value: Json, [key, ...rest]: readonly string[], put: Json): Json {
  if (key === undefined) return put;
  if (Array.isArray(value)) return value.map((each: Json, index) => (String(index) === key ? replaceAt(each, rest, put) : each));
  return withAt(value, [key], replaceAt(objectOf(value)[key] ?? null, rest, put));
}
