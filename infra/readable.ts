import { parse as fromYaml } from 'yaml';
import { describeKey, type KeyName, keyNames, schema, type Values } from './keys.ts';

type Place = readonly PropertyKey[];

/** What can be told of values of which some are faulty. */
export interface Readable {
  /** Without what is faulty: what can be read stands in for it, so that the rest is still checked against each other. */
  readonly values: Values;
  /** How much of the value of a key that is. */
  read(key: PropertyKey): 'all' | 'some' | 'nothing';
  /** Where the faults are, each place once: key, and index or name in it if any. */
  readonly places: readonly Place[];
}

/** Reads the values of all keys but those that are not to be looked at. */
export function readable(given: Readonly<Record<string, unknown>>, except: readonly PropertyKey[]): Readable {
  const amounts = new Map<PropertyKey, 'some' | 'nothing'>(except.map((key) => [key, 'nothing']));
  const issues = schema.safeParse(given).error?.issues.filter(({ path: [key = ''] }) => !amounts.has(key)) ?? [];
  const places = [...new Map(issues.map(({ path }) => [path.join('\n'), path])).values()];
  const standIns = keyNames.map((name): [KeyName, unknown] => {
    if (amounts.has(name)) return [name, exampleOf(name)];
    const inside = places.filter(([key]) => key === name).map(([, ...place]) => place);
    if (inside.length === 0) return [name, given[name]];
    const rest = without(given[name], inside);
    const isReadable = rest !== undefined && schema.shape[name].safeParse(rest).success;
    amounts.set(name, isReadable ? 'some' : 'nothing');
    return [name, isReadable ? rest : exampleOf(name)];
  });
  return { values: schema.parse(Object.fromEntries(standIns)), read: (key) => amounts.get(key) ?? 'all', places };
}

const exampleOf = (name: KeyName): unknown => fromYaml(describeKey(name).example);

/** A list or an object without its entries that have a fault in them; undefined where the fault is the value itself. */
function without(value: unknown, places: readonly Place[]): unknown {
  const faulty = places.map(([entry]) => (entry === undefined ? undefined : String(entry)));
  if (faulty.includes(undefined) || typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return value.filter((_, index) => !faulty.includes(String(index)));
  return Object.fromEntries(Object.entries(value).filter(([name]) => !faulty.includes(name)));
}
