import { addToList, addToMap, withAdditions } from './additions.ts';
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
import { isObject, type Json, type JsonObject, listAt, objectAt, objectsAt, textAt } from './json.ts';
import type { Kind } from './kinds.ts';
import { type Lists, sameLists } from './lists.ts';
import { configMapName, workloadLabel } from './names.ts';
import type { Addition } from './patch.ts';
import { permitOf, permitVariableOf, readRecord, type StampRecord, writeRecord } from './record.ts';
import { requiredVariables } from './resolve.ts';
import { PERMIT, STAMP, WORKLOAD } from './vocabulary.ts';

/** For which workload, lists and version of its values a stamp is made. */
export type StampIdentity = Pick<StampRecord, 'kind' | 'name' | 'consumes' | 'relations' | 'epoch' | 'salt' | 'seal'>;

const VOLUME = 'tengu-relations';
/** The most characters that a container's or a volume's name has. */
const NAME_LIMIT = 63;

/** A pod template that bears no stamp, with one. */
export const stamp = (template: JsonObject, identity: StampIdentity, settings: GateSettings): JsonObject =>
  withAdditions(template, stampAdditions(template, '', identity, settings));

/**
 * What makes a stamp of a pod template that bears none: the gates before its own init containers, the ConfigMap as first source
 * of every container's environment, so that what the user wrote wins, the label that finds its pods, and the record.
 *
 * @param at pointer to the template in the document that is patched
 */
export function stampAdditions(template: JsonObject, at: string, identity: StampIdentity, settings: GateSettings): Addition[] {
  const spec = objectAt(template, 'spec');
  const specAt = `${at}/spec`;
  const hold = effectiveHold(settings);
  const gated = settings.initContainers.length > 0;
  const context: GateContext = {
    configMap: configMapName(identity.kind, identity.name),
    permit: permitOf(identity),
    requiredVars: requiredVariables(identity),
    volume: free(VOLUME, (name) => isNamed(listAt(spec, 'volumes'), name)),
    hold,
  };
  const additions: Addition[] = [];
  if (!isObject(template.spec)) additions.push({ op: 'add', path: specAt, value: {} });
  const permits = new Map<string, string>();
  const supply = (list: 'initContainers' | 'containers'): string[] => {
    const containers = listAt(spec, list);
    const names: string[] = [];
    for (let index = 0; index < containers.length; index++) {
      const container = containers[index];
      if (!isObject(container)) continue;
      const name = textAt(container, 'name') ?? '';
      names.push(name);
      const variable = supplyContainer(additions, container, `${specAt}/${list}/${index}`, context);
      if (variable !== undefined) permits.set(name, variable);
    }
    return names;
  };
  const app = supply('containers');
  // Before the gates move them.
  const init = supply('initContainers');
  const gates: JsonObject[] = [];
  for (const configured of settings.initContainers) {
    const isTaken = (name: string) =>
      [gates, listAt(spec, 'initContainers'), listAt(spec, 'containers')].some((containers) => isNamed(containers, name));
    const name = free(textAt(configured, 'name') ?? 'tengu-gate', isTaken);
    gates.push(gateContainer(configured, name, spec, context));
  }
  addToList(additions, spec, specAt, 'initContainers', 'first', gates);
  if (gated) addToList(additions, spec, specAt, 'volumes', 'last', [relationsVolume(context.volume, context.configMap)]);

  const record: StampRecord = {
    ...identity,
    gate: fingerprint(settings),
    put: {
      configMap: context.configMap,
      label: workloadLabel(identity.kind, identity.name),
      gates: gates.map((gate) => textAt(gate, 'name') ?? ''),
      volume: gated ? context.volume : undefined,
      init,
      app,
      permits: Object.fromEntries(permits),
    },
  };
  const metadataAt = `${at}/metadata`;
  if (!isObject(template.metadata)) additions.push({ op: 'add', path: metadataAt, value: {} });
  const metadata = objectAt(template, 'metadata');
  addToMap(additions, metadata, metadataAt, 'labels', { [WORKLOAD]: record.put.label });
  addToMap(additions, metadata, metadataAt, 'annotations', { [STAMP]: writeRecord(record) });
  return additions;
}

/**
 * Puts the ConfigMap first into one container's environment, and where the kubelet holds, the need of the permit behind all else.
 *
 * @returns the variable that needs the permit
 */
function supplyContainer(additions: Addition[], container: JsonObject, at: string, context: GateContext): string | undefined {
  const source = relationsSource(context.configMap);
  const own = listAt(container, 'envFrom');
  const others = own.filter((entry) => !isRelationsSource(entry, context.configMap));
  if (others.length === own.length) addToList(additions, container, at, 'envFrom', 'first', [source]);
  else additions.push({ op: 'add', path: `${at}/envFrom`, value: [source, ...others] });
  if (context.hold === 'container') return undefined;
  const variable = free(PERMIT, (name) => isNamed(listAt(container, 'env'), name), '_');
  addToList(additions, container, at, 'env', 'last', [permitVariable(variable, context)]);
  return variable;
}

const isNamed = (list: readonly Json[], name: string): boolean => list.some((each) => textAt(each, 'name') === name);

/** `wanted`, or the first of `wanted-2`, `wanted-3`, … that nobody has. */
function free(wanted: string, isTaken: (name: string) => boolean, separator = '-'): string {
  for (let count = 1; ; count++) {
    const end = count === 1 ? '' : `${separator}${count}`;
    const name = `${wanted.slice(0, NAME_LIMIT - end.length)}${end}`;
    if (!isTaken(name)) return name;
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
