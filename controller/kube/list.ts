import { ConnectionError } from './api-error.ts';
import type { Client, Query } from './client.ts';
import { isFields, isKubeObject, type KubeObject } from './kube-object.ts';

export interface ListRequest {
  readonly path: string;
  readonly query?: Query;
  /** Objects in one answer; undefined for all in one. */
  readonly pageSize: number | undefined;
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

export interface ListPage {
  readonly items: readonly KubeObject[];
  /** Of the whole list: a watch resumes there once the last page is read. */
  readonly resourceVersion: string;
  /** Asks for the next page; undefined on the last one. */
  readonly continueToken: string | undefined;
}

/** A large list on a slow server takes its time, seconds. */
const listTimeoutSeconds = 60;

/**
 * One page of a list. No resourceVersion is sent, so the first page is as new as the store itself (a list from the watch cache,
 * `resourceVersion=0`, as client-go begins with, may be older than what was seen before, and is not paged).
 */
export async function listPage(client: Client, request: ListRequest, continueToken: string | undefined): Promise<ListPage> {
  const answer = await client.request({
    method: 'GET',
    path: request.path,
    query: { ...request.query, limit: request.pageSize, continue: continueToken },
    accept: request.accept,
    signal: request.signal,
    timeoutSeconds: listTimeoutSeconds,
  });
  const page = readPage(answer);
  if (page === undefined) {
    const call = { verb: 'list', path: request.path } as const;
    throw new ConnectionError(call, 'malformed', 'the answer is no list of objects with name and resourceVersion');
  }
  return page;
}

function readPage(answer: unknown): ListPage | undefined {
  if (!isFields(answer) || !isFields(answer.metadata)) return undefined;
  const { resourceVersion, continue: next } = answer.metadata;
  // An empty list may come as null from servers written in Go.
  const items: unknown = answer.items ?? [];
  if (typeof resourceVersion !== 'string' || !Array.isArray(items) || !items.every(isKubeObject)) return undefined;
  return { items, resourceVersion, continueToken: typeof next === 'string' && next !== '' ? next : undefined };
}
