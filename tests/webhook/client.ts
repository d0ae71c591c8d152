import { type IncomingHttpHeaders, request as plainRequest } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import { TLSSocket } from 'node:tls';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Serial number of the certificate of the connection; '' over plain HTTP. */
  readonly serial: string;
}

export const JSON_TYPE = { 'Content-Type': 'application/json' };

/** An agent that keeps its connections, as the API server does; end it with `destroy`. */
export const keepAlive = () => new Agent({ keepAlive: true, rejectUnauthorized: false });

/** One HTTPS request to localhost; by default a review's POST on a connection of its own. */
export function send(port: number, body: string | Buffer, options: RequestOptions = {}): Promise<Answer> {
  return exchange(request, body, {
    port,
    host: '127.0.0.1',
    method: 'POST',
    path: '/mutate',
    headers: JSON_TYPE,
    rejectUnauthorized: false,
    agent: false,
    ...options,
  });
}

/** One GET over plain HTTP from localhost. */
export const get = (port: number, path: string, options: RequestOptions = {}): Promise<Answer> =>
  exchange(plainRequest, '', { port, host: '127.0.0.1', method: 'GET', path, agent: false, ...options });

function exchange(start: typeof request | typeof plainRequest, body: string | Buffer, options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = start(options, (response) => {
      const { socket } = response;
      const serial = socket instanceof TLSSocket ? socket.getPeerCertificate().serialNumber : '';
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString(), serial }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
