import { isObject, type JsonObject } from '../rpc/json.ts';

/** Metadata that the API server writes and no program gives. */
const SERVER_SET: ReadonlySet<string> = new Set([
  'creationTimestamp',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
]);

/** The inputs that would give an object like this live one: for an object that is imported into a stack. */
export function inputsFromLive(live: JsonObject): JsonObject {
  const { status: _, metadata, ...rest } = live;
  if (!isObject(metadata)) return rest;
  return { ...rest, metadata: Object.fromEntries(Object.entries(metadata).filter(([key]) => !SERVER_SET.has(key))) };
}
