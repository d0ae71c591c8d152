/** What an object will be like, as far as it can be told beforehand. */
import type { JsonObject } from '../rpc/json.ts';
import { hasUnknowns, revealObject } from '../rpc/properties.ts';
import { applyObject, FieldConflict } from './apply.ts';
import { ApiError, Unreachable } from './client.ts';
import type { Objects } from './objects.ts';
import { stateOf } from './state.ts';

export interface PreviewOptions {
  readonly manager: string;
  readonly force: boolean;
  readonly step: 'create' | 'update';
}

/**
 * What the API server would make of the inputs, by a dry run; the inputs themselves where it cannot be asked. Throws
 * where the real run would fail as well.
 */
export async function previewObject(
  objects: Objects,
  inputs: JsonObject,
  { manager, force, step }: PreviewOptions,
): Promise<JsonObject> {
  if (hasUnknowns(inputs)) return inputs;
  try {
    return stateOf(await applyObject(objects, revealObject(inputs), { manager, dryRun: true, force }), inputs, manager);
  } catch (failure) {
    if (saysNothing(failure, step)) return inputs;
    throw failure;
  }
}

/**
 * Failures of a dry run that say nothing about the real run: no cluster, no such namespace or kind yet, no right to
 * write; and at a create an object of that name, which only the real run meets.
 */
function saysNothing(failure: unknown, step: 'create' | 'update'): boolean {
  if (failure instanceof Unreachable) return true;
  if (failure instanceof ApiError) return failure.status === 403 || failure.status === 404;
  return step === 'create' && failure instanceof FieldConflict;
}
