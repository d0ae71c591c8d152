import { describeFault, faultsOf, type Lists, readable, readableInterfaces } from './lists.ts';
import { printable } from './printable.ts';
import type { ServiceView } from './service.ts';
import { type Value, valuesOf, variableOf } from './variables.ts';
import { DATA_PREFIX, PROVIDES, RELATIONS } from './vocabulary.ts';

/** Limits of one workload's values; beyond them it is held. A ConfigMap may have 1 MiB, an environment less. */
const VARIABLE_LIMIT = 256;
const VALUES_LIMIT_BYTES = 64 * 1024;

/** What became of one consumed interface. */
export type Provision =
  | { readonly state: 'known'; readonly service: string; readonly variables: readonly string[] }
  | { readonly state: 'missing' }
  /** Provided, and not handed on: the rest is not there yet, or all together is too much. */
  | { readonly state: 'pending' }
  | { readonly state: 'conflict'; readonly why: string };

const PENDING: Provision = { state: 'pending' };

/** What the related Services give a consumer. */
export interface Resolution {
  /** Every consumed interface that can be read. */
  readonly provisions: ReadonlyMap<string, Provision>;
  /** The values of all related Services, consumed or not, but for those in conflict; none where they are too many. */
  readonly values: ReadonlyMap<string, string>;
  /** Whether all consumed interfaces are known and nothing is at fault: the pods may start on these values. */
  readonly complete: boolean;
  /** The consumed interfaces that nobody provides, and why: `db: Service db-endpoint not found …`; undefined where all are. */
  readonly missing: string | undefined;
  /** What else holds the workload, of lists and Services, in one line each. */
  readonly problems: readonly string[];
}

/** A related Service by its name, also one without the label; undefined where there is none. */
export type Lookup = (service: string) => ServiceView | undefined;

/**
 * Resolves a consumer's lists against the Services of its namespace. The outcome depends on the Services alone, not on
 * the order in which they appeared.
 *
 * @param find a related Service by name, undefined where there is none
 */
export function resolve(lists: Lists, namespace: string, find: Lookup): Resolution {
  const faults = faultsOf(lists);
  const { consumes: consumed, relations: related } = readable(lists);

  const providers = groupByInterface(related.flatMap((name) => find(name) ?? []));
  const { values: gathered, disputed } = gather(providers);
  const tooMuch = excess(gathered);
  const values = tooMuch.length === 0 ? gathered : new Map<string, string>();

  const judged = consumed.map((name) => [name, provisionOf(name, providers.get(name)?.[0], disputed)] as const);
  // Of too much nothing is handed on, so that what was given last stays as it is.
  const provisions = new Map(judged.map(([name, each]) => [name, each.state === 'known' && tooMuch.length > 0 ? PENDING : each]));
  const unprovided = consumed.filter((name) => provisions.get(name)?.state === 'missing');
  const missing =
    unprovided.length > 0
      ? `${unprovided.join(', ')}: ${whyMissing(unprovided, related, namespace, find).join('; ')}`
      : undefined;
  const problems = [
    ...faults.map(describeFault),
    ...[...provisions.values()].flatMap((provision) => (provision.state === 'conflict' ? [provision.why] : [])),
    ...tooMuch,
  ];
  return { provisions, values, complete: missing === undefined && problems.length === 0, missing, problems };
}

function groupByInterface(services: readonly ServiceView[]): ReadonlyMap<string, readonly ServiceView[]> {
  const groups = new Map<string, ServiceView[]>();
  for (const service of services) {
    if (service.provides === '' || service.host === undefined) continue;
    groups.set(service.provides, [...(groups.get(service.provides) ?? []), service]);
  }
  return groups;
}

/**
 * Puts the values of the related Services together. Two Services dispute the interface that both provide, and a variable with
 * two sources disputes the interfaces of both. A disputed interface gives nothing: half of its values beside the last ones of
 * the other half would be no set.
 */
function gather(providers: ReadonlyMap<string, readonly ServiceView[]>) {
  const sources = new Map<string, { readonly value: Value; readonly of: string }[]>();
  for (const service of [...providers.values()].flat()) {
    for (const value of valuesOf(service)) {
      sources.set(value.variable, [...(sources.get(value.variable) ?? []), { value, of: service.provides }]);
    }
  }
  const sorted = [...sources].sort(([a], [b]) => (a < b ? -1 : 1));
  /** Per interface, why it is in dispute. */
  const disputed = new Map([...providers].flatMap(([name, group]) => (group.length > 1 ? [[name, whyDouble(name, group)]] : [])));
  for (const [variable, found] of sorted) {
    const [first, second] = found;
    if (first === undefined || second === undefined) continue;
    const why = `variable ${variable} has two sources, ${first.value.source} and ${second.value.source}: rename one of them`;
    for (const { of } of found) disputed.set(of, disputed.get(of) ?? why);
  }
  const undisputed = sorted.flatMap(([variable, found]) =>
    found.flatMap(({ value, of }) => (disputed.has(of) ? [] : [[variable, value.value] as const])),
  );
  return { values: new Map(undisputed), disputed };
}

function whyDouble(name: string, providers: readonly ServiceView[]): string {
  const names = providers.map((provider) => provider.name);
  return `${name} is provided by ${names.length} related Services, ${names.join(' and ')}: relate to one of them`;
}

function provisionOf(name: string, service: ServiceView | undefined, disputed: ReadonlyMap<string, string>): Provision {
  if (service === undefined) return { state: 'missing' };
  const why = disputed.get(name);
  if (why !== undefined) return { state: 'conflict', why };
  return {
    state: 'known',
    service: service.name,
    variables: [...new Set(valuesOf(service).map(({ variable }) => variable))].sort(),
  };
}

/** For every related Service that is of no use, the reason; where there is none such, that a relation is missing. */
function whyMissing(missing: readonly string[], related: readonly string[], namespace: string, find: Lookup): readonly string[] {
  const reasons = related.flatMap((name) => {
    const service = find(name);
    if (service === undefined) return [`Service ${name} not found in namespace ${namespace}`];
    if (service.provides === '') return [`Service ${name} in namespace ${namespace} has no label ${PROVIDES}`];
    if (service.host === undefined)
      return missing.includes(service.provides) ? [`Service ${name} has no host: its externalName is empty`] : [];
    return [];
  });
  if (reasons.length > 0) return reasons;
  if (related.length === 0) return [`annotation ${RELATIONS} names no Service`];
  const others = related.map((name) => `${name} provides ${printable(find(name)?.provides ?? '')}`);
  return [
    `none of the related Services provides it (${others.join(', ')}): name one that does in ${RELATIONS}, or label one ${PROVIDES}=${missing[0]}`,
  ];
}

/** Why these values are too many for one workload, in one line; empty where they are not. */
export function excess(values: ReadonlyMap<string, string>): readonly string[] {
  const bytes = [...values].reduce((sum, [variable, value]) => sum + variable.length + Buffer.byteLength(value), 0);
  if (values.size > VARIABLE_LIMIT)
    return [`the related Services give ${values.size} variables, at most ${VARIABLE_LIMIT} can be handed on: relate to fewer`];
  if (bytes > VALUES_LIMIT_BYTES)
    return [
      `the related Services give ${bytes} bytes of values, at most ${VALUES_LIMIT_BYTES} can be handed on: shorten their ${DATA_PREFIX}* annotations`,
    ];
  return [];
}

/** The variables that a consumer cannot start without, for the gate to name. */
export const requiredVariables = (lists: Lists): readonly string[] =>
  readableInterfaces(lists.consumes).flatMap((name) => variableOf(name) ?? []);
