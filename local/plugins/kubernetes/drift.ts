/** What the live object makes of the inputs that it was given. */
import { canonical, isArray, isObject, type Json, type JsonObject } from '../rpc/json.ts';
import { quantityOf } from './quantity.ts';

/**
 * The inputs of the last run with whatever the live object, as last seen, has changed in them. Fields that were never
 * given are not looked at, nor are other spellings of the same value, such as `1000m` for `1`.
 */
export function driftedInputs(inputs: JsonObject, live: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(inputs).flatMap(([key, value]) => {
      const now = drifted(value, live[key]);
      return now === undefined ? [] : [[key, now]];
    }),
  );
}

function drifted(input: Json | undefined, live: Json | undefined): Json | undefined {
  if (input === undefined) return undefined;
  if (live === undefined || live === null) return isEmpty(input) ? input : undefined;
  if (isObject(input) && isObject(live)) return driftedInputs(input, live);
  if (isArray(input) && isArray(live)) {
    return input.slice(0, live.length).flatMap((element, index) => drifted(element, live[index]) ?? []);
  }
  return sameValue(input, live) ? input : live;
}

/** The API server leaves out what is empty, false or zero. */
function isEmpty(value: Json): boolean {
  if (isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.values(value).every((part) => part === undefined || isEmpty(part));
  return value === null || value === '' || value === 0 || value === false;
}

function sameValue(input: Json, live: Json): boolean {
  if (canonical(input) === canonical(live)) return true;
  const amount = quantityOf(input);
  return amount !== undefined && amount === quantityOf(live);
}
