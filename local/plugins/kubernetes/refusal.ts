import type { JsonObject } from '../rpc/json.ts';
import { ApiError } from './client.ts';
import { idOf } from './naming.ts';

/** Does something to an object; if the API server refuses, the error says what was to be done to which one. */
export async function whileDoing<T>(what: 'created' | 'updated', object: JsonObject, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (failure) {
    if (!(failure instanceof ApiError)) throw failure;
    throw new Error(
      `${object.kind} "${idOf(object)}" was not successfully ${what} by the Kubernetes API Server: ${failure.message}`,
    );
  }
}
