/** What is kept of an object in the stack's state: the live object, and beside it what is needed to deal with it later. */
import { isObject, type JsonObject, textOf } from '../rpc/json.ts';
import { isSecret, markObjectLike, secret } from '../rpc/properties.ts';
import { isSecretKind } from './check.ts';

const INPUTS = '__inputs';
const INITIAL_API_VERSION = '__initialApiVersion';
const FIELD_MANAGER = '__fieldManager';

/** The properties to store: what is secret in the inputs is secret in them too, and a Secret's data always. */
export function stateOf(live: JsonObject, inputs: JsonObject, manager: string): JsonObject {
  const properties = {
    ...markObjectLike(live, inputs),
    [INPUTS]: hideData(inputs),
    [INITIAL_API_VERSION]: inputs.apiVersion,
    [FIELD_MANAGER]: manager,
  };
  return hideData(properties);
}

/** The inputs that the state was made of; those that the engine kept if the state has none. */
export function inputsOf(state: JsonObject, oldInputs: JsonObject): JsonObject {
  if (Object.keys(oldInputs).length > 0) return oldInputs;
  const kept = state[INPUTS];
  const inside = isSecret(kept) ? kept.value : kept;
  return isObject(inside) ? inside : {};
}

/** The field manager under which the object was written; undefined in a state that none of us wrote. */
export function managerOf(state: JsonObject): string | undefined {
  return textOf(state[FIELD_MANAGER]);
}

function hideData(object: JsonObject): JsonObject {
  if (!isSecretKind(object)) return object;
  const hidden = ['data', 'stringData'].flatMap((key) => {
    const value = object[key];
    return value === undefined ? [] : [[key, secret(value)]];
  });
  return { ...object, ...Object.fromEntries(hidden) };
}
