/** Update by server-side apply. */
import { arrayOf, at, isObject, type JsonObject } from '../rpc/json.ts';
import { ApiError } from './client.ts';
import { annotationOf, type Objects } from './objects.ts';

/** Another manager owns a field that the object is to have another value in. */
export class FieldConflict extends Error {}

export interface Application {
  readonly manager: string;
  readonly dryRun: boolean;
  /** From the provider's settings; the annotation `pulumi.com/patchForce` says the same for one object. */
  readonly force: boolean;
}

/** Applies the object under its manager and returns what the API server makes of it. Throws if another manager owns a field. */
export async function applyObject(
  objects: Objects,
  object: JsonObject,
  { manager, dryRun, force }: Application,
): Promise<JsonObject> {
  if (!dryRun) await adoptCreatedFields(objects, object, manager);
  const forced = force || annotationOf(object, 'pulumi.com/patchForce') === 'true';
  try {
    return await objects.apply(object, { manager, dryRun, force: forced });
  } catch (failure) {
    if (!isConflict(failure)) throw failure;
    const ours = failure.causes.length > 0 && failure.causes.every((cause) => cause.includes(`conflict with "${manager}"`));
    // Fields still owned by our own create: only a dry run meets them, as it cannot hand them over first.
    if (ours && dryRun) return objects.apply(object, { manager, dryRun, force: true });
    throw new FieldConflict(
      `Server-Side Apply field conflict detected: ${failure.message}. Set the annotation pulumi.com/patchForce: "true" to take the fields over`,
    );
  }
}

/**
 * Makes the fields that the plain create gave to this manager fields that it applied. The API server keeps a manager's
 * creates and its applies apart: without this, our own create would be in conflict with our first apply, and a field
 * that the program drops would stay.
 */
async function adoptCreatedFields(objects: Objects, object: JsonObject, manager: string): Promise<void> {
  const live = await objects.get(object);
  if (live === undefined) return;
  const entries = arrayOf(at(live, 'metadata', 'managedFields')).filter(isObject);
  const of = (operation: string) => (entry: JsonObject) =>
    entry.manager === manager && entry.operation === operation && (entry.subresource ?? '') === '';
  const created = entries.findIndex(of('Update'));
  if (created < 0 || entries.some(of('Apply'))) return;
  await objects.patch(live, [
    { op: 'test', path: '/metadata/resourceVersion', value: at(live, 'metadata', 'resourceVersion') },
    { op: 'replace', path: `/metadata/managedFields/${created}/operation`, value: 'Apply' },
  ]);
}

function isConflict(failure: unknown): failure is ApiError {
  return failure instanceof ApiError && failure.status === 409 && failure.causes.length > 0;
}
