import { isObject, type JsonObject } from '../relations/json.ts';
import { ApiError } from './kube/api-error.ts';
import type { Client } from './kube/client.ts';

/** The object at a path; undefined where there is none. */
export async function readObject(client: Client, path: string): Promise<JsonObject | undefined> {
  try {
    const object = await client.request({ method: 'GET', path });
    return isObject(object) ? object : undefined;
  } catch (error) {
    if (error instanceof ApiError && error.notFound) return undefined;
    throw error;
  }
}
