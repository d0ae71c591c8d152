import { ApiError } from './api-error.ts';
import type { Client } from './client.ts';
import { type Clock, pause, systemClock } from './clock.ts';
import type { ObjectMetadata } from './kube-object.ts';
import { type ListPage, listPage } from './list.ts';

export interface MetadataListRequest {
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects in one answer; 500 when not given. */
  readonly pageSize?: number;
  /** Rest between two pages, milliseconds, so that a sweep over a large cluster is no burst; 0 when not given. */
  readonly pauseMs?: number;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/** The API server leaves everything but metadata out (kubernetes.io: API concepts, "Metadata-only fetches"). */
const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/**
 * Lists the metadata of a collection, page by page, and nothing else of its objects.
 *
 * A slow sweep may outlive the snapshot that it reads (etcd compacts every 5 minutes). It then goes on with the token that the
 * API server gives for that (apiserver: pkg/storage/etcd3/store.go, "inconsistent continue"): each object that is there all the
 * time is seen, what comes and goes meanwhile may be missed.
 * @throws ApiError, ConnectionError as the client; the signal's reason when it ends the sweep
 */
export async function* listMetadata(
  client: Client,
  request: MetadataListRequest,
): AsyncGenerator<ObjectMetadata, void, undefined> {
  const { path, labelSelector, fieldSelector, pageSize = 500, pauseMs = 0, clock = systemClock } = request;
  const signal = request.signal ?? new AbortController().signal;
  const list = { path, query: { labelSelector, fieldSelector }, pageSize, accept: metadataOnly, signal };
  let token: string | undefined;
  do {
    const page: ListPage | string = await listPage(client, list, token).catch(resumeToken);
    if (typeof page === 'string') {
      token = page;
      continue;
    }
    for (const item of page.items) yield item.metadata;
    token = page.continueToken;
    if (token !== undefined && pauseMs > 0) await pause(clock, pauseMs, signal);
    signal.throwIfAborted();
  } while (token !== undefined);
}

function resumeToken(error: unknown): string {
  if (error instanceof ApiError && error.gone && error.continueToken !== undefined) return error.continueToken;
  throw error;
}
