/** Building blocks of expressions in the API server's language (CEL). Objects are untyped there, so one text serves all kinds. */
import { isList, isObject, type Json } from '../../relations/json.ts';

/** A JSON value as CEL writes it. Lists and maps of mixed types are refused, unless each part is said to be of any type. */
export function literal(value: Json): string {
  if (isList(value)) return `dyn([${value.map(literal).join(', ')}])`;
  if (isObject(value)) {
    const entries = Object.entries(value).flatMap(([key, each]) =>
      each === undefined ? [] : [`${text(key)}: ${literal(each)}`],
    );
    return `dyn({${entries.join(', ')}})`;
  }
  return `dyn(${typeof value === 'string' ? text(value) : String(value)})`;
}

/** A text as CEL writes it, which is as JSON does. */
export const text = (value: string): string => JSON.stringify(value);

export const texts = (values: readonly string[]): string => `[${values.map(text).join(', ')}]`;

/** A list or map that may be absent; then an empty one. */
export const listAt = (parent: string, key: string): string => `${parent}.?${key}.orValue([])`;
export const mapAt = (parent: string, key: string): string => `${parent}.?${key}.orValue({})`;

export const all = (...conditions: readonly string[]): string => conditions.map((each) => `(${each})`).join(' && ');
export const any = (...conditions: readonly string[]): string => conditions.map((each) => `(${each})`).join(' || ');
/** The same as `all`, a line each: for whoever reads the policy in the cluster. */
export const lines = (...conditions: readonly string[]): string => conditions.map((each) => `(${each})`).join(' &&\n');

/** Whether two maps are equal but for some keys: what was taken out is a change too. */
export const same = (now: string, before: string, except: readonly string[]): string =>
  all(
    `${now}.all(k, k in ${texts(except)} || k in ${before} && ${now}[k] == ${before}[k])`,
    `${before}.all(k, k in ${texts(except)} || k in ${now})`,
  );

/** Whether two lists are equal, in their order, but for what is ours in either. `ours` tells of the item `e`. */
export const sameBut = (now: string, before: string, ours: string): string =>
  `${now}.filter(e, !(${ours})) == ${before}.filter(e, !(${ours}))`;

/** The value of a key with slashes; the empty text where there is none. */
export const entry = (map: string, key: string): string => `${map}[?${text(key)}].orValue("")`;
