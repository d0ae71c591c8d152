import {
  effectiveHold,
  fingerprint,
  type GateContext,
  type GateSettings,
  gateContainer,
  isGate,
  isRelationsSource,
  isRelationsVolume,
  permitVariable,
  relationsSource,
  relationsVolume,
} from './gate.ts';
import { type JsonObject, objectAt, objectsAt, textAt, withFilled } from './json.ts';
import type { Kind } from './kinds.ts';
import { type Lists, sameLists } from './lists.ts';
import { configMapName, workloadLabel } from './names.ts';
import { permitOf, permitVariableOf, readRecord, type StampRecord, writeRecord } from './record.ts';
import { requiredVariables } from './resolve.ts';
import { PERMIT, STAMP, WORKLOAD } from './vocabulary.ts';

/** For which workload, lists and version of its values a stamp is made. */
export type StampIdentity = Pick<StampRecord, 'kind' | 'name' | 'consumes' | 'relations' | 'epoch' | 'salt' | 'seal'>;

const VOLUME = 'tengu-relations';
/** The most characters that a container's or a volume's name has. */
const NAME_LIMIT = 63;

/**
 * A pod template that bears no stamp, with one: the gates before its own init containers, the ConfigMap as first source of
 * every container's environment, so that what the user wrote wins, the label that finds its pods, and the record.
 */
export function stamp(template: JsonObject, identity: StampIdentity, settings: GateSettings): JsonObject {
  const spec = objectAt(template, 'spec');
  const own = { init: objectsAt(spec, 'initContainers'), app: objectsAt(spec, 'containers') };
  const hold = effectiveHold(settings);
  const taken = new Set([...own.init, ...own.app].map((container) => textAt(container, 'name')));
  const gated = settings.initContainers.length > 0;
  const volume = free(VOLUME, new Set(objectsAt(spec, 'volumes').map((each) => textAt(each, 'name'))));
  const context: GateContext = {
    configMap: configMapName(identity.kind, identity.name),
    permit: permitOf(identity),
    requiredVars: requiredVariables(identity),
    volume,
    hold,
  };

  const gates = settings.initContainers.map((configured) => {
    const name = free(textAt(configured, 'name') ?? 'tengu-gate', taken);
    taken.add(name);
    return gateContainer(configured, name, spec, context);
  });
  const permits = new Map<string, string>();
  const supply = (container: JsonObject): JsonObject => {
    const sources = objectsAt(container, 'envFrom');
    const own = sources.filter((source) => !isRelationsSource(source, context.configMap));
    const supplied = { ...container, envFrom: [relationsSource(context.configMap), ...own] };
    if (hold === 'container') return supplied;
    const env = objectsAt(container, 'env');
    const variable = free(PERMIT, new Set(env.map((entry) => textAt(entry, 'name'))), '_');
    permits.set(textAt(container, 'name') ?? '', variable);
    return { ...supplied, env: [...env, permitVariable(variable, context)] };
  };
  const initContainers = [...gates, ...own.init.map(supply)];
  const containers = own.app.map(supply);

  const record: StampRecord = {
    ...identity,
    gate: fingerprint(settings),
    put: {
      configMap: context.configMap,
      label: workloadLabel(identity.kind, identity.name),
      gates: gates.map((gate) => textAt(gate, 'name') ?? ''),
      volume: gated ? volume : undefined,
      init: own.init.map((container) => textAt(container, 'name') ?? ''),
      app: own.app.map((container) => textAt(container, 'name') ?? ''),
      permits: Object.fromEntries(permits),
    },
  };
  const metadata = objectAt(template, 'metadata');
  return {
    ...template,
    metadata: {
      ...metadata,
      labels: { ...objectAt(metadata, 'labels'), [WORKLOAD]: record.put.label },
      annotations: { ...objectAt(metadata, 'annotations'), [STAMP]: writeRecord(record) },
    },
    spec: {
      ...withFilled(spec, 'initContainers', initContainers),
      containers,
      ...(gated ? { volumes: [...objectsAt(spec, 'volumes'), relationsVolume(volume, context.configMap)] } : {}),
    },
  };
}

/** `wanted`, or the first of `wanted-2`, `wanted-3`, … that nobody has. */
function free(wanted: string, taken: ReadonlySet<string | undefined>, separator = '-'): string {
  for (let count = 1; ; count++) {
    const end = count === 1 ? '' : `${separator}${count}`;
    const name = `${wanted.slice(0, NAME_LIMIT - end.length)}${end}`;
    if (!taken.has(name)) return name;
  }
}

/** Whether a record was made for just this workload, lists and version. */
const isFor = (record: StampRecord, identity: StampIdentity): boolean =>
  record.kind === identity.kind &&
  record.name === identity.name &&
  record.epoch === identity.epoch &&
  record.salt === identity.salt &&
  record.seal === identity.seal &&
  sameLists(record, identity);

/**
 * Whether a pod template bears a whole stamp for `identity`, whatever the gate settings were: the record, and all that it
 * names, on every container that is there. A sidecar that another webhook added since makes it incomplete.
 */
export function isStamped(template: JsonObject, identity: StampIdentity): boolean {
  const record = readRecord(template);
  return record !== undefined && isFor(record, identity) && isWhole(template, record);
}

/** Whether all that a record names is in the pod template that bears it, and no container was left out. */
export function isWhole(template: JsonObject, record: StampRecord): boolean {
  const { put } = record;
  const { volume } = put;
  const spec = objectAt(template, 'spec');
  const permit = permitOf(record);
  const init = objectsAt(spec, 'initContainers');
  const held = (container: JsonObject, variable: string | undefined) =>
    variable !== undefined &&
    objectsAt(container, 'env').some(
      (entry) =>
        entry.name === variable &&
        (entry.value === permit || objectAt(objectAt(entry, 'valueFrom'), 'configMapKeyRef').key === permit),
    );
  const own = { init: init.filter((container) => !isGate(container, put.gates)), app: objectsAt(spec, 'containers') };
  const kubeletHolds = Object.keys(put.permits).length > 0;
  // A roll names each of them, and for one that is gone it would make a container without an image.
  const present = (names: readonly string[], containers: readonly JsonObject[]) =>
    names.every((name) => containers.some((container) => (textAt(container, 'name') ?? '') === name));
  const supplied = (container: JsonObject) =>
    isRelationsSource(objectsAt(container, 'envFrom')[0], put.configMap) &&
    (!kubeletHolds || held(container, permitVariableOf(put, textAt(container, 'name') ?? '')));
  return (
    put.configMap === configMapName(record.kind, record.name) &&
    objectAt(objectAt(template, 'metadata'), 'labels')[WORKLOAD] === put.label &&
    put.gates.every((name, index) => init[index]?.name === name && held(init[index] ?? {}, PERMIT)) &&
    (volume === undefined || objectsAt(spec, 'volumes').some((each) => isRelationsVolume(each, volume, put.configMap))) &&
    (put.gates.length > 0 || kubeletHolds) &&
    (!kubeletHolds || (present(put.init, own.init) && present(put.app, own.app))) &&
    [...own.init, ...own.app].every(supplied)
  );
}

/** The lists of a record and its version, as an identity. */
export const identityOf = (
  kind: Kind,
  name: string,
  lists: Lists,
  version: Pick<StampRecord, 'epoch' | 'salt' | 'seal'>,
): StampIdentity => ({
  kind,
  name,
  consumes: lists.consumes,
  relations: lists.relations,
  epoch: version.epoch,
  salt: version.salt,
  seal: version.seal,
});
