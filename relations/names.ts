import { createHash } from 'node:crypto';
import type { Kind } from './kinds.ts';

const LABEL_VALUE_LIMIT = 63;
const OBJECT_NAME_LIMIT = 253;
const HASH_LENGTH = 8;

/** A DNS label (RFC 1123): what the API server takes for a Service's name. */
export const isDnsLabel = (text: string): boolean => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text);

/** `text`, or its beginning and a hash of the whole where it is longer than `limit` characters. */
function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const start = text.slice(0, limit - HASH_LENGTH - 1).replace(/[^a-z0-9]+$/, '');
  return `${start}-${createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH)}`;
}

/** Whether a ConfigMap's name may have been shortened, so that it does not tell the workload's. */
export const mayBeShortened = (name: string): boolean => name.length >= OBJECT_NAME_LIMIT / 2 && /-[0-9a-f]{8}$/.test(name);

/** The name of the ConfigMap that holds a workload's values and permits. */
export const configMapName = (kind: Kind, name: string): string =>
  shortened(`relations-${kind.toLowerCase()}-${name}`, OBJECT_NAME_LIMIT);

/** The value of the pod label that finds a workload's pods. */
export const workloadLabel = (kind: Kind, name: string): string => shortened(`${kind.toLowerCase()}.${name}`, LABEL_VALUE_LIMIT);

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SALT_LENGTH = 5;

/** Five characters that say which of many things is meant, made of bytes: random ones, or those of a hash. */
export function saltOf(bytes: Uint8Array): string {
  let salt = '';
  for (const byte of bytes.subarray(0, SALT_LENGTH)) salt += ALPHABET[byte % ALPHABET.length];
  return salt;
}

/** Five characters that are the same for the same texts and others for others. */
export const derivedSalt = (...texts: readonly string[]): string =>
  saltOf(createHash('sha256').update(JSON.stringify(texts)).digest());
