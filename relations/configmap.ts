import { isObject, type JsonObject, objectAt, objectsAt, textAt } from './json.ts';
import { isKind, KINDS, type Kind } from './kinds.ts';
import { configMapName, mayBeShortened } from './names.ts';
import { isPhase, type Phase } from './phase.ts';
import { readEpoch } from './record.ts';
import type { Provision } from './resolve.ts';
import { EPOCH, PERMIT, PHASE, RELATIONS_OF, STATUS } from './vocabulary.ts';

/** What the annotation `tengu.io/status` says of one interface. */
export interface InterfaceStatus {
  readonly service?: string;
  /** The variables that it gave, so that they can be kept when it goes away. */
  readonly variables?: readonly string[];
  readonly missing?: true;
  readonly conflict?: string;
}

/** The annotation `tengu.io/status`, for people and for the controller after a restart. */
export interface Status {
  readonly phase: Phase;
  /** When the phase began (RFC 3339). */
  readonly since: string;
  readonly message: string;
  readonly interfaces: { readonly [name: string]: InterfaceStatus };
}

/** What a ConfigMap says: values by variable, the names of the permits, the epoch and the status. */
export interface Content {
  readonly values: ReadonlyMap<string, string>;
  readonly permits: readonly string[];
  readonly epoch: number;
  readonly status: Status | undefined;
}

/** A ConfigMap of ours, as the controller keeps it. */
export interface ConfigMapView extends Content {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly kind: Kind;
  readonly owners: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
}

export const EMPTY: Content = { values: new Map(), permits: [], epoch: 0, status: undefined };

/** More permits than this are of templates that nobody runs any more. */
const PERMIT_LIMIT = 100;
const PERMIT_KEY = new RegExp(`^${PERMIT}_(\\d+)_[a-z0-9]+$`);
/** What a permit's file holds: it is there or not, nobody reads it. */
const GIVEN = 'given';

const epochOf = (permit: string): number => Number(PERMIT_KEY.exec(permit)?.[1] ?? 0);

/** The permits that are due, and the newest of the earlier ones, by epoch; without repeats. */
export function newestPermits(due: readonly string[], earlier: readonly string[]): readonly string[] {
  const wanted = new Set(due);
  const newest = [...new Set(earlier)]
    .filter((permit) => !wanted.has(permit))
    .sort((a, b) => epochOf(b) - epochOf(a) || (a < b ? -1 : 1));
  return [...wanted, ...newest.slice(0, Math.max(0, PERMIT_LIMIT - wanted.size))];
}

/** The epoch of the newest permit that was given under a seal; 0 where there is none. */
export const newestEpoch = (permits: readonly string[], seal: string): number =>
  Math.max(0, ...permits.filter((permit) => permit.endsWith(`_${seal}`)).map(epochOf));

/**
 * The name of the workload whose ConfigMap this is; undefined where its name is not the one that we would give it, and where it has
 * no owner and its name was shortened.
 */
export function workloadOf({ kind, name, owners }: Pick<ConfigMapView, 'kind' | 'name' | 'owners'>): string | undefined {
  const owned = owners.filter((owner) => owner.kind === kind).map((owner) => owner.name);
  const told = mayBeShortened(name) ? [] : [name.slice(prefixOf(kind).length)];
  return [...owned, ...told].find((each) => configMapName(kind, each) === name);
}

const prefixOf = (kind: Kind): string => `relations-${kind.toLowerCase()}-`;

/** Whether its name is one that we give; whose it is may be known to that workload alone. */
const isOurs = (view: ConfigMapView): boolean =>
  workloadOf(view) !== undefined || (mayBeShortened(view.name) && view.name.startsWith(prefixOf(view.kind)));

/** Reads a ConfigMap that bears our label; undefined for one that is not ours after all. */
export function viewConfigMap(object: JsonObject): ConfigMapView | undefined {
  const metadata = objectAt(object, 'metadata');
  const kind = textAt(objectAt(metadata, 'labels'), RELATIONS_OF);
  if (!isKind(kind)) return undefined;
  const annotations = objectAt(metadata, 'annotations');
  const data = Object.entries(objectAt(object, 'data')).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const view: ConfigMapView = {
    namespace: textAt(metadata, 'namespace') ?? '',
    name: textAt(metadata, 'name') ?? '',
    uid: textAt(metadata, 'uid') ?? '',
    resourceVersion: textAt(metadata, 'resourceVersion') ?? '',
    kind,
    owners: objectsAt(metadata, 'ownerReferences').map((owner) => ({
      kind: textAt(owner, 'kind') ?? '',
      name: textAt(owner, 'name') ?? '',
      uid: textAt(owner, 'uid') ?? '',
    })),
    values: new Map(data.filter(([key]) => !PERMIT_KEY.test(key))),
    permits: data.map(([key]) => key).filter((key) => PERMIT_KEY.test(key)),
    epoch: readEpoch(textAt(annotations, EPOCH)),
    status: readStatus(textAt(annotations, STATUS)),
  };
  return isOurs(view) ? view : undefined;
}

function readStatus(text: string | undefined): Status | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
  const [phase, since, message] = [textAt(value, 'phase'), textAt(value, 'since'), textAt(value, 'message')];
  if (!isPhase(phase) || since === undefined || message === undefined) return undefined;
  const interfaces = Object.entries(objectAt(value, 'interfaces')).map(([name, entry]) => [name, readInterface(entry)] as const);
  return { phase, since, message, interfaces: Object.fromEntries(interfaces) };
}

function readInterface(value: unknown): InterfaceStatus {
  const [service, conflict] = [textAt(value, 'service'), textAt(value, 'conflict')];
  const variables = isObject(value) && Array.isArray(value.variables) ? value.variables : [];
  return {
    ...(service === undefined
      ? {}
      : { service, variables: variables.filter((name): name is string => typeof name === 'string') }),
    ...(isObject(value) && value.missing === true ? { missing: true as const } : {}),
    ...(conflict === undefined ? {} : { conflict }),
  };
}

/** What the status says of an interface: one that is lost or pending still names the Service whose values stay. */
export function interfaceStatus(provision: Provision, before: InterfaceStatus | undefined): InterfaceStatus {
  if (provision.state === 'known') return { service: provision.service, variables: provision.variables };
  const last = before?.service === undefined ? {} : { service: before.service, variables: before.variables ?? [] };
  switch (provision.state) {
    case 'missing':
      return { ...last, missing: true };
    case 'pending':
      return last;
    case 'conflict':
      return { ...last, conflict: provision.why };
  }
}

/** The ConfigMap as it is written. `owner` is the workload that it goes with. */
export function renderConfigMap(
  owner: { kind: Kind; namespace: string; name: string; uid: string },
  content: Content,
): JsonObject {
  const data = [...content.values, ...content.permits.map((permit) => [permit, GIVEN] as const)];
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: configMapName(owner.kind, owner.name),
      namespace: owner.namespace,
      labels: { [RELATIONS_OF]: owner.kind, [PHASE]: content.status?.phase ?? 'Held' },
      annotations: {
        [EPOCH]: String(content.epoch),
        ...(content.status === undefined ? {} : { [STATUS]: JSON.stringify(content.status) }),
      },
      // Without blockOwnerDeletion, which the API server grants only to those who may update the owner's finalizers.
      ownerReferences: [{ apiVersion: KINDS[owner.kind].apiVersion, kind: owner.kind, name: owner.name, uid: owner.uid }],
    },
    data: Object.fromEntries(data.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

const entriesEqual = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean =>
  a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);

/** Whether two contents would be written alike. */
export const sameContent = (a: Content, b: Content): boolean =>
  a.epoch === b.epoch &&
  entriesEqual(a.values, b.values) &&
  a.permits.length === b.permits.length &&
  a.permits.every((permit) => b.permits.includes(permit)) &&
  JSON.stringify(a.status) === JSON.stringify(b.status);
