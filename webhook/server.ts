import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { SecureVersion } from 'node:tls';
import type { Certificate } from './certificate.ts';
import { limitConnections } from './connections.ts';

/** Limits in milliseconds. Node's own defaults are for browsers; the API server is another kind of client. */
export const LIMITS = {
  /** Above the 90 s for which the API server's pool keeps an idle connection, so that it never writes to one just closed. */
  keepAliveTimeout: 120_000,
  headersTimeout: 10_000,
  /** The API server waits no longer for this webhook: the highest orcon:webhookTimeoutSeconds. */
  requestTimeout: 10_000,
  /** The grain at which these two are enforced. */
  connectionsCheckingInterval: 5_000,
  handshakeTimeout: 10_000,
};

const TCP_KEEP_ALIVE_MS = 30_000;

/** Each takes memory before it has said anything. An API server has some tens. */
export const MAX_CONNECTIONS = 1_000;

export interface HttpsServer {
  /** @throws when the port cannot be had */
  readonly listen: (port: number) => Promise<number>;
  /** Connections made from now on get this certificate; those that exist go on undisturbed. Needed once before `listen`. */
  readonly useCertificate: (certificate: Certificate) => void;
  /** Ends every connection and stops listening. */
  readonly close: () => Promise<void>;
}

export interface HttpsOptions {
  readonly minVersion: SecureVersion;
  readonly listener: RequestListener;
  /** A handshake failed: most often a client that does not trust the certificate. */
  readonly onTlsError: (error: Error) => void;
  /** For tests that cannot wait. */
  readonly limits?: Partial<typeof LIMITS>;
  readonly maxConnections?: number;
}

/** The HTTPS server. HTTP/1.1 only: the API server speaks nothing else to a webhook. */
export function httpsServer(options: HttpsOptions): HttpsServer {
  const { minVersion, listener, onTlsError, limits, maxConnections = MAX_CONNECTIONS } = options;
  const server = createServer({ ...LIMITS, ...limits, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS }, listener);
  limitConnections(server, maxConnections);
  server.on('tlsClientError', onTlsError);
  return {
    listen: (port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, () => {
          server.off('error', reject);
          const address = server.address();
          resolve(typeof address === 'object' && address !== null ? address.port : port);
        });
      }),
    // minVersion has to be said each time: what is left out here goes back to Node's default.
    useCertificate: ({ cert, key }) => server.setSecureContext({ cert, key, minVersion }),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
