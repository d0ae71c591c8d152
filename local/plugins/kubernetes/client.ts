/** Requests to a Kubernetes API server: JSON in, JSON out, nothing dropped or converted on the way. */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import type { KubeConfig } from '@kubernetes/client-node';
import { arrayOf, at, isObject, type Json, type JsonObject, textOf } from '../rpc/json.ts';

/** The API server answered with something else than success. */
export class ApiError extends Error {
  readonly status: number;
  /** The machine-readable reason, as `NotFound` or `AlreadyExists`. */
  readonly reason: string;
  /** One text for each detail, as the manager and field of a conflict. */
  readonly causes: readonly string[];

  constructor(status: number, body: Json) {
    super(textOf(at(body, 'message')) ?? `the API server answered ${status}`);
    this.status = status;
    this.reason = textOf(at(body, 'reason')) ?? '';
    this.causes = arrayOf(at(body, 'details', 'causes')).map((cause) => textOf(at(cause, 'message')) ?? '');
  }
}

/** No API server was reached at all. */
export class Unreachable extends Error {
  constructor(server: string, cause: Error) {
    super(`configured Kubernetes cluster is unreachable: ${server}: ${cause.message || String(Reflect.get(cause, 'code'))}`);
  }
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With the query, as `/api/v1/namespaces?limit=5`. */
  readonly path: string;
  readonly body?: Json;
  readonly contentType?: string;
}

export interface ApiClient {
  /** The answer's object. Throws ApiError or Unreachable. */
  request(request: ApiRequest): Promise<JsonObject>;
}

const TIMEOUT_MILLISECONDS = 30_000; // longer than an admission webhook may take

/** A client for the kubeconfig's current context, with its certificates and credentials. */
export function createClient(kubeConfig: KubeConfig): ApiClient {
  const server = kubeConfig.getCurrentCluster()?.server;
  return {
    async request(request) {
      if (server === undefined) throw new Unreachable('no kubeconfig', new Error('it names no current cluster; set KUBECONFIG'));
      const options: RequestOptions = { method: request.method, headers: { accept: 'application/json' } };
      await kubeConfig.applyToHTTPSOptions(options);
      const url = new URL(server.replace(/\/$/, '') + request.path);
      const answer = await send(url, options, request)
        .then(contentOf)
        .catch((cause: Error) => {
          throw new Unreachable(server, cause);
        });
      return objectIn(answer);
    },
  };
}

function send(
  url: URL,
  options: RequestOptions,
  { body, contentType = 'application/json' }: ApiRequest,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const content = body === undefined ? '' : JSON.stringify(body);
    // Node would send the body of a DELETE without saying how long it is, and the API server would take it for none.
    const described = content === '' ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(content) };
    const secure = url.protocol === 'https:';
    const all = { ...options, headers: { ...options.headers, ...described }, timeout: TIMEOUT_MILLISECONDS };
    const outgoing = secure ? requestHttps(url, all, resolve) : requestHttp(url, { ...all, agent: undefined }, resolve);
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MILLISECONDS / 1000} s`)));
    outgoing.on('error', reject);
    outgoing.end(content);
  });
}

interface Answer {
  readonly status: number;
  readonly content: string;
}

async function contentOf(response: IncomingMessage): Promise<Answer> {
  return { status: response.statusCode ?? 0, content: await text(response) };
}

function objectIn({ status, content }: Answer): JsonObject {
  const body = parse(content);
  if (status >= 200 && status < 300 && isObject(body)) return body;
  throw new ApiError(status, isObject(body) ? body : { message: `the API server answered ${status}: ${content.slice(0, 300)}` });
}

function parse(content: string): Json {
  try {
    return JSON.parse(content);
  } catch {
    return null;
  }
}

export function isNotFound(failure: unknown): boolean {
  return failure instanceof ApiError && failure.status === 404;
}
