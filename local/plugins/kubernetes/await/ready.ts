/** Which kinds are waited for after they are written, and how. */
import type { Json, JsonObject } from '../../rpc/json.ts';
import { ApiError } from '../client.ts';
import { kindOf } from '../kinds.ts';
import { type Listing, nameOf, type Objects } from '../objects.ts';
import { annotatedLook } from './annotated.ts';
import { type Patience, type Progress, skipsAwait, waitFor } from './condition.ts';
import { deploymentProgress } from './deployment.ts';
import { serviceLook } from './service.ts';

type Look = (live: JsonObject) => Promise<Progress>;

/** How the readiness of an object of this kind is judged; kinds without an entry are ready once they are written. */
function lookFor(object: JsonObject, objects: Listing): Look | undefined {
  const annotated = annotatedLook(object);
  if (annotated !== undefined) return async (live) => annotated(live);
  const { group, kind } = kindOf(object);
  switch (`${group}/${kind}`) {
    case 'apps/Deployment':
      return (live) => deploymentProgress(live, objects);
    case '/Service':
      return serviceLook(objects);
    default:
      return undefined;
  }
}

/** Waits until the object is ready. Returns it as it is then, with the reasons if it is not ready. */
export async function waitUntilReady(
  object: JsonObject,
  objects: Objects,
  patience: Patience,
): Promise<{ readonly live: JsonObject; readonly reasons: readonly string[] }> {
  const look = skipsAwait(object) ? undefined : lookFor(object, objects);
  if (look === undefined) return { live: object, reasons: [] };
  let live = object;
  const lookAgain = async (): Promise<Progress> => {
    const found = await objects.get(object);
    if (found === undefined) return { ready: false, reasons: [`${object.kind} ${nameOf(object)} is gone`], status: '' };
    live = found;
    return look(live);
  };
  const reasons = await waitFor(nameOf(object), lookAgain, patience);
  return { live, reasons };
}

/**
 * One look: the reasons for which the object is not ready now. What may not be listed counts as not there: so does the
 * original's, which says nothing of it.
 */
export async function unreadyReasons(live: JsonObject, objects: Objects): Promise<readonly string[]> {
  const seen: Listing = { list: (...which) => objects.list(...which).catch(noneWhereRefused) };
  // A Service is looked at with endpoints that count at once: a refresh does not wait for them to settle.
  const look = skipsAwait(live)
    ? undefined
    : kindOf(live).kind === 'Service'
      ? serviceLook(seen, { settle: 0 })
      : lookFor(live, seen);
  return look === undefined ? [] : (await look(live)).reasons;
}

function noneWhereRefused(failure: unknown): readonly Json[] {
  if (failure instanceof ApiError) return [];
  throw failure;
}
