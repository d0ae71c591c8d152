/** Questions to the API server, as the kubeconfig's user. */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import type { KubeConfig } from '@kubernetes/client-node';

export interface Answer {
  readonly status: number;
  /** Parsed; undefined where it is no JSON. */
  readonly body: unknown;
  /** The server's clock. */
  readonly date: Date | undefined;
}

/** Asks, and gives whatever the server answers. Throws if none does. */
export interface Api {
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
}

export type Access = Pick<KubeConfig, 'getCurrentCluster' | 'applyToHTTPSOptions'>;

const TIMEOUT_MS = 10_000;

export function apiOf(access: Access): Api {
  const ask = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const server = access.getCurrentCluster()?.server;
    if (server === undefined) throw new Error('the kubeconfig names no cluster');
    const content = body === undefined ? '' : JSON.stringify(body);
    const options: RequestOptions = { method, timeout: TIMEOUT_MS, headers: { accept: 'application/json' } };
    // Brings certificates and tokens, those of a cloud's own command line included.
    await access.applyToHTTPSOptions(options);
    if (content !== '') options.headers = { ...options.headers, 'content-type': 'application/json' };
    const response = await send(new URL(server.replace(/\/$/, '') + path), options, content);
    const { date } = response.headers;
    return { status: response.statusCode ?? 0, body: parsed(await text(response)), date: date ? new Date(date) : undefined };
  };
  return { get: (path) => ask('GET', path), post: (path, body) => ask('POST', path, body) };
}

const send = (url: URL, options: RequestOptions, content: string) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing =
      url.protocol === 'https:'
        ? requestHttps(url, options, resolve)
        : requestHttp(url, { ...options, agent: undefined }, resolve);
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    outgoing.on('error', reject);
    outgoing.end(content);
  });

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
