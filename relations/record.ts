import { isList, isObject, type Json, type JsonObject, objectAt, textAt } from './json.ts';
import { isKind, type Kind } from './kinds.ts';
import type { Lists } from './lists.ts';
import { PERMIT, STAMP } from './vocabulary.ts';

/**
 * The record of a stamp: a pod template annotation that says for which workload it was made and what was put where. What
 * is ours is what a record names, nothing else. It travels with undo, copies, Jobs and pods.
 */
export interface StampRecord extends Lists {
  readonly kind: Kind;
  readonly name: string;
  readonly epoch: number;
  /** Made once for a workload and kept: tells its pods from those of an earlier workload of the same name. */
  readonly salt: string;
  /**
   * The second part of the permit's name: the salt, and another one after each edit of the relations. Without it a permit
   * that the controller gave for the old relations, while its roll waited, could open pods of the new ones.
   */
  readonly seal: string;
  /** A fingerprint of the gate settings that the stamp was made with. */
  readonly gate: string;
  readonly put: Put;
}

/** What a stamp put into a pod template, by the names that find it again. */
export interface Put {
  readonly configMap: string;
  readonly label: string;
  readonly gates: readonly string[];
  /** The volume that the gates mount; undefined without gates. */
  readonly volume: string | undefined;
  /** The init containers of the user's own, and the containers: each has the ConfigMap as first `envFrom`. */
  readonly init: readonly string[];
  readonly app: readonly string[];
  /** Where the kubelet holds: the variable that needs the permit, by container. */
  readonly permits: { readonly [container: string]: string };
}

/** The variable by which the kubelet holds a container; undefined where it does not. A container may be called `constructor`. */
export const permitVariableOf = ({ permits }: Put, container: string): string | undefined =>
  Object.hasOwn(permits, container) ? permits[container] : undefined;

const VERSION = 1;

/** The key of the ConfigMap that a pod of this record waits for. */
export const permitOf = (record: Pick<StampRecord, 'epoch' | 'seal'>): string => `${PERMIT}_${record.epoch}_${record.seal}`;

/** The record as text; equal records give equal texts, because every other text of a pod template starts new pods. */
export function writeRecord({ kind, name, consumes, relations, epoch, salt, seal, gate, put }: StampRecord): string {
  return JSON.stringify({ v: VERSION, kind, name, consumes, relations, epoch, salt, seal, gate, put });
}

const TEXT = String.raw`"([^"\\]|\\.)*"`;
const TEXTS = String.raw`\[(${TEXT}(,${TEXT})*)?\]`;
const PERMITS = String.raw`\{(${TEXT}:${TEXT}(,${TEXT}:${TEXT})*)?\}`;
const PUT = `{"configMap":${TEXT},"label":${TEXT},"gates":${TEXTS}(,"volume":${TEXT})?,"init":${TEXTS},"app":${TEXTS},"permits":${PERMITS}}`;
const RECORD = `{"v":${VERSION},"kind":${TEXT},"name":${TEXT},"consumes":${TEXTS},"relations":${TEXTS},"epoch":[0-9]+,"salt":${TEXT},"seal":${TEXT},"gate":${TEXT},"put":${PUT}}`;
/**
 * What `writeRecord` writes, for whoever cannot read JSON (infra/guard): in a text like this each key stands once and in its
 * place, whatever containers are called. Of two equal keys JSON.parse would take the last.
 */
export const RECORD_PATTERN = new RegExp(`^${RECORD}$`);

/** The record that was read last: most updates bear the same one in both versions, and each is asked for it more than once. */
let last: { readonly text: string; readonly record: StampRecord | undefined } = { text: '', record: undefined };

/** Reads the record of a pod template or pod; undefined where there is none or it cannot be read. */
export function readRecord(template: JsonObject | undefined): StampRecord | undefined {
  const text = textAt(objectAt(objectAt(template, 'metadata'), 'annotations'), STAMP);
  if (text === undefined) return undefined;
  if (text !== last.text) last = { text, record: parseRecord(text) };
  return last.record;
}

/** Reads a record's text; undefined for what is no record of this version. An unreadable epoch counts 0. */
export function parseRecord(text: string): StampRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || value.v !== VERSION || !isKind(value.kind)) return undefined;
  const [name, salt, seal] = [textAt(value, 'name'), textAt(value, 'salt'), textAt(value, 'seal')];
  const put = readPut(value.put);
  if (name === undefined || put === undefined || !isSalt(salt) || !isSalt(seal)) return undefined;
  return {
    kind: value.kind,
    name,
    consumes: texts(value.consumes),
    relations: texts(value.relations),
    epoch: readEpoch(value.epoch),
    salt,
    seal,
    gate: textAt(value, 'gate') ?? '',
    put,
  };
}

/** A permit's name goes into a ConfigMap's key and a variable's name, so nothing else may come out of a record. */
const isSalt = (text: string | undefined): text is string => text !== undefined && /^[a-z0-9]{1,16}$/.test(text);

export const readEpoch = (value: unknown): number => {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : 0;
};

function readPut(value: Json | undefined): Put | undefined {
  const [configMap, label] = [textAt(value, 'configMap'), textAt(value, 'label')];
  if (!isObject(value) || configMap === undefined || label === undefined) return undefined;
  const permits = Object.entries(objectAt(value, 'permits')).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return {
    configMap,
    label,
    gates: texts(value.gates),
    volume: textAt(value, 'volume'),
    init: texts(value.init),
    app: texts(value.app),
    permits: Object.fromEntries(permits),
  };
}

const texts = (value: Json | undefined): readonly string[] =>
  isList(value) ? value.filter((item): item is string => typeof item === 'string') : [];
