/** `metadata` as it comes over the wire, checked as far as this type says. */
export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

/**
 * An object as the API server sends it, only its metadata checked. Items of a list carry neither `apiVersion` nor `kind`.
 */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMetadata;
  readonly [field: string]: unknown;
}

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTexts = (value: unknown) => isFields(value) && Object.values(value).every(isText);
const isOwner = (value: unknown) => isFields(value) && [value.apiVersion, value.kind, value.name, value.uid].every(isText);
const isOwners = (value: unknown) => Array.isArray(value) && value.every(isOwner);

const optional: readonly (readonly [string, (value: unknown) => boolean])[] = [
  ['namespace', isText],
  ['uid', isText],
  ['generation', (value) => typeof value === 'number'],
  ['creationTimestamp', isText],
  ['deletionTimestamp', isText],
  ['labels', isTexts],
  ['annotations', isTexts],
  ['ownerReferences', isOwners],
];

function isMetadata(value: unknown): value is ObjectMetadata {
  if (!isFields(value) || !isText(value.name) || !isText(value.resourceVersion)) return false;
  // Some writers of the API send null for "none", and so does a patch that is echoed.
  return optional.every(([field, fits]) => value[field] === undefined || value[field] === null || fits(value[field]));
}

/** True when the value is an object of Kubernetes with metadata that can be relied on. */
export function isKubeObject(value: unknown): value is KubeObject {
  return isFields(value) && isMetadata(value.metadata);
}

/** `namespace/name`, or the name alone for what lives in no namespace. */
export function keyOf(metadata: ObjectMetadata): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}
