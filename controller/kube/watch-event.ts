import { ApiError, type Call, ConnectionError } from './api-error.ts';
import { isFields, isKubeObject, type KubeObject } from './kube-object.ts';
import { refusalFromStatus } from './response.ts';

/** One line of a watch. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  /** Nothing happened up to here. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/**
 * Reads one parsed line of a watch.
 * @throws ApiError for an ERROR event (410 among them), ConnectionError `malformed` for anything else
 */
export function readWatchEvent(call: Call, line: unknown): WatchEvent {
  const { type, object } = isFields(line) ? line : {};
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      if (isKubeObject(object)) return { type, object };
      break;
    case 'BOOKMARK': {
      // A bookmark is an object of the watched kind with nothing but its resourceVersion.
      const metadata = isFields(object) && isFields(object.metadata) ? object.metadata : {};
      if (typeof metadata.resourceVersion === 'string') return { type, resourceVersion: metadata.resourceVersion };
      break;
    }
    case 'ERROR': {
      const refusal = refusalFromStatus(object);
      if (refusal !== undefined) throw new ApiError(call, refusal);
      break;
    }
  }
  throw new ConnectionError(call, 'malformed', `unknown event of a watch, of type ${JSON.stringify(type)?.slice(0, 40)}`);
}
