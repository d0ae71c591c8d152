import { isObject, type JsonObject } from '../relations/json.ts';
import type { Client } from './kube/client.ts';
import { listPage } from './kube/list.ts';

const PAGE = 500;

/** Reads a collection page by page; what `read` gives undefined for is left out, and nothing else of an object is kept. */
export async function collect<T>(
  client: Client,
  path: string,
  query: { readonly labelSelector?: string; readonly fieldSelector?: string },
  read: (object: JsonObject) => T | undefined,
): Promise<readonly T[]> {
  const found: T[] = [];
  let token: string | undefined;
  do {
    const page = await listPage(client, { path, query, pageSize: PAGE }, token);
    for (const item of page.items) {
      const one = isObject(item) ? read(item) : undefined;
      if (one !== undefined) found.push(one);
    }
    token = page.continueToken;
  } while (token !== undefined);
  return found;
}
