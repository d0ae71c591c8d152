/** Names for objects that the program leaves unnamed, and how they survive from run to run. */
import { createHash, randomBytes } from 'node:crypto';
import { at, type JsonObject, textOf, withAt } from '../rpc/json.ts';
import type { Autonaming } from '../rpc/provider.ts';
import { annotationOf, nameOf } from './objects.ts';

const AUTONAMED = 'pulumi.com/autonamed';
const SUFFIX_LENGTH = 8;
const LONGEST_NAME = 253; // a DNS subdomain, the longest name that any kind allows

/** Whether the name was given here, not by the program. */
export function isAutonamed(object: JsonObject): boolean {
  return annotationOf(object, AUTONAMED) === 'true';
}

export interface NameRequest {
  /** The resource's name in the program. */
  readonly logicalName: string;
  readonly olds: JsonObject | undefined;
  readonly seed: Uint8Array;
  readonly autonaming: Autonaming | undefined;
}

/**
 * The object with a name: its own; else the one that it was given in an earlier run; else `<logical name>-<8 hex digits>`.
 * Throws if the stack forbids automatic names.
 */
export function withName(object: JsonObject, { logicalName, olds, seed, autonaming }: NameRequest): JsonObject {
  if (at(object, 'metadata', 'name') !== undefined || at(object, 'metadata', 'generateName') !== undefined) return object;
  if (olds !== undefined && isAutonamed(olds)) return autonamed(object, nameOf(olds));
  switch (autonaming?.mode) {
    case 'disable':
      throw new Error('autonaming is disabled, resource requires the .metadata.name field to be set');
    case 'enforce':
    case 'propose':
      return autonamed(object, autonaming.proposedName);
    default:
      return autonamed(object, `${logicalName.slice(0, LONGEST_NAME - SUFFIX_LENGTH - 1)}-${suffix(seed)}`);
  }
}

function autonamed(object: JsonObject, name: string): JsonObject {
  const metadata = at(object, 'metadata');
  const annotated = withAt(metadata, ['annotations', AUTONAMED], 'true');
  return { ...object, metadata: withAt(annotated, ['name'], name) };
}

/** Equal seeds give equal names, so that a run that Pulumi repeats step by step names alike. */
function suffix(seed: Uint8Array): string {
  const bytes = seed.length > 0 ? createHash('sha256').update(seed).digest() : randomBytes(SUFFIX_LENGTH);
  return bytes.toString('hex').slice(0, SUFFIX_LENGTH);
}

/** The field manager of one object, its own so that two stacks do not take one another's fields for theirs. */
export function newFieldManager(): string {
  return `pulumi-kubernetes-${randomBytes(4).toString('hex')}`;
}

/** The id of a live object: `<namespace>/<name>`, or the name of one that has no namespace. */
export function idOf(object: JsonObject): string {
  const namespace = textOf(at(object, 'metadata', 'namespace'));
  return namespace === undefined ? nameOf(object) : `${namespace}/${nameOf(object)}`;
}
