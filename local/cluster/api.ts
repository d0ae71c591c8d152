import { readFileSync } from 'node:fs';
import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { join } from 'node:path';
import { API_SERVER } from './addresses.ts';

/** Identifies us to the parts, PEM. */
export interface Credentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** What may be said with a request. */
export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly credentials?: Credentials;
  /** A unix socket to send it over. */
  readonly socketPath?: string | undefined;
}

/** An answer's status (0 if there was none) and body. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** The `Location` header, '' without one. */
  readonly location: string;
}

export function adminCredentials(keys: string): Credentials {
  const read = (name: string) => readFileSync(join(keys, name), 'utf8');
  return { ca: read('ca.crt'), cert: read('admin.crt'), key: read('admin.key') };
}

/** Makes one request of a part; an answer that does not come is one with status 0, whose body says why. */
export function request(
  url: string,
  { method = 'GET', headers = {}, body, credentials, socketPath }: Question = {},
): Promise<Answer> {
  return new Promise((resolve) => {
    const send = url.startsWith('https:') ? overHttps : overHttp;
    const sent = send(url, { method, headers, timeout: 10_000, agent: false, socketPath, ...credentials }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString(),
          location: response.headers.location ?? '',
        }),
      );
      response.on('error', (error) => resolve(none(error)));
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer within 10 s')));
    sent.on('error', (error) => resolve(none(error)));
    sent.end(body);
  });
}

const none = (error: Error): Answer => ({ status: 0, body: error.message, location: '' });

/** Applies an object (server-side apply) at its path of the Kubernetes API. */
export async function apply(path: string, object: object, credentials: Credentials): Promise<void> {
  const { status, body } = await request(`${API_SERVER}${path}?fieldManager=orcon-embedded&force=true`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: JSON.stringify(object),
    credentials,
  });
  if (status !== 200 && status !== 201) throw new Error(`PATCH ${path}: ${status} ${body.trim()}`);
}
