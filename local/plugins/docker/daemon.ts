/** Requests to a Docker Engine over its HTTP API. */
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { at, type Json, textOf } from '../rpc/json.ts';

/** Of Engine 19.03 and later. */
const API = '/v1.40';

/** One message of a build or push: a line of output, an error, or what was made. */
export type DaemonMessage =
  | { readonly kind: 'output'; readonly text: string }
  | { readonly kind: 'error'; readonly text: string }
  | { readonly kind: 'result'; readonly value: Json };

export class Daemon {
  readonly #host: string;

  /** `host` as in DOCKER_HOST: `unix:///path` or `tcp://host:port`. */
  constructor(host: string) {
    this.#host = host;
  }

  /** Throws unless an engine answers. */
  async ping(): Promise<void> {
    try {
      const response = await this.#send('GET', '/_ping', {});
      response.resume();
      if (response.statusCode !== 200) throw new Error(`it answered ${response.statusCode}`);
    } catch (failure) {
      const cause = failure instanceof Error ? failure.message : String(failure);
      throw new Error(`failed to connect to any docker daemon: ${this.#host}: ${cause}; start one or set DOCKER_HOST`);
    }
  }

  /** The messages of a long request, as they come; the last is an error if the engine refuses it or goes away. */
  async *stream(
    path: string,
    headers: OutgoingHttpHeaders,
    body: Readable | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<DaemonMessage> {
    try {
      const response = await this.#send('POST', API + path, headers, body, signal);
      if (response.statusCode === 200) {
        for await (const line of createInterface({ input: response })) if (line.trim() !== '') yield* messages(JSON.parse(line));
      } else yield { kind: 'error', text: messageOf(await text(response)) };
    } catch (failure) {
      const cause = failure instanceof Error ? failure.message : String(failure);
      yield { kind: 'error', text: `the connection to the docker daemon broke: ${cause}` };
    }
  }

  #send(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
    body?: Readable,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = request({ ...addressOf(this.#host), method, path, headers, signal }, resolve);
      outgoing.on('error', reject);
      if (body === undefined) outgoing.end();
      else body.on('error', (failure) => outgoing.destroy(failure)).pipe(outgoing);
    });
  }
}

function addressOf(host: string): { socketPath: string } | { host: string; port: string } {
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  const url = URL.parse(host);
  if (url !== null && ['tcp:', 'http:'].includes(url.protocol)) return { host: url.hostname, port: url.port || '2375' };
  throw new Error(`docker host ${JSON.stringify(host)} is not supported here; use unix:///path or tcp://host:port`);
}

function messageOf(answer: string): string {
  try {
    return textOf(at(JSON.parse(answer), 'message')) ?? answer;
  } catch {
    return answer;
  }
}

function* messages(message: Json): Generator<DaemonMessage> {
  const error = textOf(at(message, 'error'));
  const output = textOf(at(message, 'stream')) ?? textOf(at(message, 'status'));
  const value = at(message, 'aux');
  if (output !== undefined) yield { kind: 'output', text: output };
  if (value !== undefined) yield { kind: 'result', value };
  if (error !== undefined) yield { kind: 'error', text: error };
}
