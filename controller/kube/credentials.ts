import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { Clock } from './clock.ts';

/** The part of a KubeConfig that requests need. Named so that nothing here loads the package, which costs 1 s unbundled. */
export type ClusterAccess = Pick<KubeConfig, 'getCurrentCluster' | 'applyToHTTPSOptions'>;

/** What one request needs to reach the cluster. */
export interface Session {
  /** Address without a trailing slash; may hold a path, as behind Rancher. */
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly pools: Pools;
}

/** Connections of two kinds, so that nothing urgent stands in line behind a burst. */
export interface Pools {
  /** As many as there are requests: for watches, which keep theirs, and for the Lease. */
  readonly own: Dispatcher;
  /** A few that all other requests share. */
  readonly shared: Dispatcher;
}

/**
 * A burst of requests waits for these rather than open a connection each: a TLS handshake costs ten times what a request does,
 * and 250 connections cost 100 MB (measured).
 */
const SHARED_CONNECTIONS = 32;
/** An idle one is kept so long, milliseconds: less than the 90 s of the API server, and than the minute of many proxies before one. */
const KEEP_IDLE_MS = 30_000;

/** Certificates and tokens are read again this often, milliseconds; the KubeConfig itself keeps a token file's content for 60 s. */
const refreshMs = 30_000;

/**
 * Connections and headers from a KubeConfig: every kind of credentials that it knows, read again every 30 s, so that a
 * rotated token, client certificate or CA is taken up without a restart. Connections are kept as long as the TLS material
 * stays the same; client-node itself makes a new pool, and so a new TLS handshake, for each request (config.ts,
 * `applySecurityAuthentication`) and offers HTTP/2, which is known to leak in Node's clients.
 */
export class Credentials {
  readonly #access: ClusterAccess;
  readonly #clock: Clock;
  #session: Promise<Session> | undefined;
  #readAt = 0;
  #pools: (Pools & { readonly material: string }) | undefined;

  constructor(access: ClusterAccess, clock: Clock) {
    this.#access = access;
    this.#clock = clock;
  }

  /** @throws what the KubeConfig throws: an unreadable file, a failed exec plug-in, no current cluster */
  async session(): Promise<Session> {
    const stale = this.#clock.now() - this.#readAt >= refreshMs;
    if (this.#session === undefined || stale) {
      this.#readAt = this.#clock.now();
      this.#session = this.#read();
    }
    try {
      return await this.#session;
    } catch (error) {
      this.#session = undefined;
      throw error;
    }
  }

  /** Makes the next request read everything again: the server did not accept what we have. */
  expire(): void {
    this.#session = undefined;
  }

  /** Ends all connections, also those in use. */
  async close(): Promise<void> {
    await Promise.all([this.#pools?.own.destroy(), this.#pools?.shared.destroy()]);
    this.#pools = undefined;
  }

  async #read(): Promise<Session> {
    const cluster = this.#access.getCurrentCluster();
    if (cluster === null) throw new Error('the kubeconfig has no current cluster: set current-context');
    const options: RequestOptions = {};
    await this.#access.applyToHTTPSOptions(options);
    const headers = textHeaders(options.headers);
    if (typeof options.auth === 'string') headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    return { server: cluster.server.replace(/\/$/, ''), headers, pools: this.#poolsFor(options, cluster.proxyUrl) };
  }

  #poolsFor({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions, proxyUrl: string | undefined): Pools {
    const material = [ca, cert, key, servername, rejectUnauthorized, proxyUrl].map(String).join('\n');
    if (this.#pools?.material === material) return this.#pools;
    // They end by themselves once the requests and watches on them have; an error there is an error of theirs.
    this.#pools?.own.close().catch(() => undefined);
    this.#pools?.shared.close().catch(() => undefined);
    const tls = { ca, cert, key, servername, rejectUnauthorized };
    this.#pools = { material, own: openPool(tls, proxyUrl, null), shared: openPool(tls, proxyUrl, SHARED_CONNECTIONS) };
    return this.#pools;
  }
}

type TlsMaterial = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;

/** @param connections how many there may be; null for no limit */
function openPool(tls: TlsMaterial, proxyUrl: string | undefined, connections: number | null): Dispatcher {
  // Linux takes 30 s of silence and then 10 probes, 1 s apart (libuv): a dead peer is noticed after 40 s.
  const keepAlive = { keepAlive: true, keepAliveInitialDelay: 30_000 };
  const options = { allowH2: false, connections, keepAliveTimeout: KEEP_IDLE_MS };
  if (proxyUrl === undefined) return new Agent({ ...options, connect: { ...tls, ...keepAlive } });
  if (!/^https?:/.test(proxyUrl)) throw new Error(`kubeconfig: proxy-url ${proxyUrl}: only http and https proxies are supported`);
  return new ProxyAgent({ ...options, uri: proxyUrl, requestTls: { ...tls, ...keepAlive } });
}

function textHeaders(headers: RequestOptions['headers']): Record<string, string> {
  if (headers === undefined || Array.isArray(headers)) return {};
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) texts[name.toLowerCase()] = String(value).trim();
  }
  return texts;
}
