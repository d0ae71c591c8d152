import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

/** What stands in the way, a line each; nothing does when the list is empty. */
export type Probe = () => readonly string[];

export interface HealthOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Whether this process does its work; the kubelet restarts it when not. */
  readonly live: Probe;
  /** Whether others should rely on this process now. */
  readonly ready: Probe;
  readonly registry: Registry;
}

export interface HealthListener {
  readonly port: number;
  /** Stops listening and ends what connections there are. */
  close(): Promise<void>;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const PLAIN = 'text/plain; charset=utf-8';

/**
 * Serves `/livez`, `/readyz` and `/metrics` over plain HTTP. A probe's answer is 200 `ok`, or 503 and the lines that say why
 * not, which the kubelet shows in the pod's events.
 *
 * @throws when the port cannot be had
 */
export function serveHealth(options: HealthOptions): Promise<HealthListener> {
  const pages: Readonly<Record<string, () => Page | Promise<Page>>> = {
    '/livez': () => probed(options.live()),
    '/readyz': () => probed(options.ready()),
    '/metrics': async () => ({ status: 200, type: options.registry.contentType, text: await options.registry.metrics() }),
  };
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 10_000 }, (request, response) => {
    answer(pages, request).then(
      (page) => send(request, response, page),
      (error) => send(request, response, { status: 500, type: PLAIN, text: `${error}\n` }),
    );
  });
  return listening(server, options.port);
}

const probed = (obstacles: readonly string[]): Page =>
  obstacles.length === 0
    ? { status: 200, type: PLAIN, text: 'ok\n' }
    : { status: 503, type: PLAIN, text: `${obstacles.join('\n')}\n` };

async function answer(pages: Readonly<Record<string, () => Page | Promise<Page>>>, request: IncomingMessage): Promise<Page> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) return { status: 404, type: PLAIN, text: `no such page; there are ${Object.keys(pages).join(', ')}\n` };
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, type: PLAIN, text: 'GET or HEAD only\n' };
  return page();
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, text }: Page): void {
  const headers: Record<string, string | number> = {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'X-Content-Type-Options': 'nosniff',
  };
  if (status === 405) headers.Allow = 'GET, HEAD';
  response.writeHead(status, headers);
  response.end(request.method === 'HEAD' ? undefined : text);
}

function listening(server: Server, port: number): Promise<HealthListener> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => {
      server.off('error', reject);
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : port,
        close: () =>
          new Promise<void>((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}
