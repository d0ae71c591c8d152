import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';
import { z } from 'zod';
import { cluster } from './cluster.ts';

/** An answer of the API server that is no success. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Answer<T> {
  readonly object: T;
  /** What the API server, or a webhook through it, wants the user to know. */
  readonly warnings: readonly string[];
}

export type Query = Readonly<Record<string, string>>;

const kubeconfig = z.object({
  clusters: z.tuple([z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string() }) })]),
  users: z.tuple([z.object({ user: z.object({ 'client-certificate-data': z.string(), 'client-key-data': z.string() }) })]),
});
const { clusters, users } = kubeconfig.parse(parse(readFileSync(cluster.kubeconfig, 'utf8')));
const decoded = (base64: string): Buffer => Buffer.from(base64, 'base64');
const agent = new Agent({
  keepAlive: true,
  ca: decoded(clusters[0].cluster['certificate-authority-data']),
  cert: decoded(users[0].user['client-certificate-data']),
  key: decoded(users[0].user['client-key-data']),
});

const TIMEOUT_MS = 30_000;

/** One request of the Kubernetes API, as the cluster's administrator. Connections are kept, so asking often costs little. */
function ask(method: string, path: string, query: Query, body?: object, contentType = 'application/json', more: Query = {}) {
  const url = new URL(path, clusters[0].cluster.server);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const headers = { ...more, ...(body === undefined ? {} : { 'content-type': contentType }) };
  return new Promise<{ status: number; text: string; warnings: string[] }>((resolve, reject) => {
    const sent = request(url, { method, agent, headers, timeout: TIMEOUT_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      const warnings = [response.headers.warning ?? []].flat().flatMap((each) => /^299 \S+ "(.*)"$/.exec(each)?.[1] ?? []);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, warnings }));
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer within ${TIMEOUT_MS} ms`)));
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function succeed(method: string, path: string, query: Query, body?: object, contentType?: string) {
  const answer = await ask(method, path, query, body, contentType);
  if (answer.status >= 300) throw new Refusal(answer.status, `${method} ${path}: ${answer.status} ${reasonOf(answer.text)}`);
  return answer;
}

function reasonOf(text: string): string {
  try {
    return JSON.parse(text).message ?? text;
  } catch {
    return text;
  }
}

/** The object at a path of the API; undefined where there is none. T is the kind that the path names. */
export async function get<T>(path: string, query: Query = {}): Promise<T | undefined> {
  const { status, text } = await ask('GET', path, query);
  if (status === 404) return undefined;
  if (status >= 300) throw new Refusal(status, `GET ${path}: ${status} ${reasonOf(text)}`);
  return JSON.parse(text);
}

/** The objects of a collection. */
export async function list<T>(path: string, query: Query = {}): Promise<readonly T[]> {
  return JSON.parse((await succeed('GET', path, query)).text).items;
}

/** A text, such as a container's log. */
export async function getText(path: string, query: Query = {}): Promise<string> {
  return (await succeed('GET', path, query)).text;
}

export async function create<T extends object>(path: string, object: T, query: Query = {}): Promise<Answer<T>> {
  const { text, warnings } = await succeed('POST', path, query, object);
  return { object: JSON.parse(text), warnings };
}

/** Changes fields (JSON merge patch: null removes, lists are replaced as a whole). */
export async function merge<T>(path: string, change: object, query: Query = {}): Promise<Answer<T>> {
  const { text, warnings } = await succeed('PATCH', path, query, change, 'application/merge-patch+json');
  return { object: JSON.parse(text), warnings };
}

/** Deletes; that it is gone already is fine. */
export async function remove(path: string, query: Query = {}): Promise<void> {
  const { status, text } = await ask('DELETE', path, query);
  if (status >= 300 && status !== 404) throw new Refusal(status, `DELETE ${path}: ${status} ${reasonOf(text)}`);
}

export type PatchType = 'merge' | 'strategic-merge' | 'json';

/** A request as somebody else makes it. */
export interface Attempt {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  /** Of a PATCH. */
  readonly type?: PatchType;
}

/**
 * Tries a request in the name of an account, dry: it is authorized, mutated, validated and not carried out.
 *
 * @returns the HTTP status, and what the API server says where it is no success
 */
export async function attemptAs(user: string, { method, path, body, type = 'merge' }: Attempt) {
  const query: Query = method === 'GET' ? {} : { dryRun: 'All' };
  const contentType = method === 'PATCH' ? `application/${type}-patch+json` : undefined;
  const { status, text } = await ask(method, path, query, body, contentType, { 'impersonate-user': user });
  return status < 300
    ? { status, message: '', object: JSON.parse(text) }
    : { status, message: reasonOf(text), object: undefined };
}
