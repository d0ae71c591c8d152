import jsonPatch from 'fast-json-patch';
import { type Admission, admit } from '../../relations/admit.ts';
import type { GateSettings } from '../../relations/gate.ts';
import { isObject, type JsonObject, objectAt, objectsAt, textAt, withKey } from '../../relations/json.ts';
import { isKind, templateOf, withTemplate } from '../../relations/kinds.ts';
import type { PatchOperation } from '../../relations/patch.ts';
import { readRecord, type StampRecord } from '../../relations/record.ts';
import { NAMESPACE } from './workloads.ts';

/** What the API server does with a workload around admission, as far as the domain can tell. */

/** Applies a JSON Patch with a library that is not ours. */
export function patched(object: JsonObject, patch: readonly PatchOperation[]): JsonObject {
  const [document, operations] = JSON.parse(JSON.stringify([object, patch]));
  const result: unknown = jsonPatch.applyPatch(document, operations, true).newDocument;
  if (!isObject(result)) throw new Error('the patch made something else of an object');
  return result;
}

const CONTAINER_DEFAULTS: JsonObject = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
  resources: {},
};
const POD_DEFAULTS: JsonObject = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  securityContext: {},
  schedulerName: 'default-scheduler',
};

/** A workload with the defaults that the API server writes into it, before admission and after each patch. */
export function defaulted(object: JsonObject): JsonObject {
  const { kind } = object;
  const template = isKind(kind) ? templateOf(kind, object) : undefined;
  return isKind(kind) && template !== undefined ? withTemplate(kind, object, defaultedTemplate(template)) : object;
}

function defaultedTemplate(template: JsonObject): JsonObject {
  const spec = objectAt(template, 'spec');
  const containers = (key: string): JsonObject =>
    spec[key] === undefined ? {} : { [key]: objectsAt(spec, key).map((each) => ({ ...CONTAINER_DEFAULTS, ...each })) };
  const volumes = objectsAt(spec, 'volumes').map((volume) =>
    volume.configMap === undefined ? volume : { ...volume, configMap: { defaultMode: 420, ...objectAt(volume, 'configMap') } },
  );
  return {
    ...template,
    metadata: { creationTimestamp: null, ...objectAt(template, 'metadata') },
    spec: {
      ...POD_DEFAULTS,
      ...spec,
      ...containers('initContainers'),
      ...containers('containers'),
      ...(spec.volumes === undefined ? {} : { volumes }),
    },
  };
}

/** What came of a request. */
export interface Answer {
  readonly object: JsonObject;
  readonly admission: Admission;
}

let created = 0;
/** A salt that differs at each call, as the webhook's does. */
export const nextSalt = (): string => `s${(created++).toString(36).padStart(4, '0')}`;

/** The name of the kind in an object. */
const kindOf = (object: JsonObject): string => textAt(object, 'kind') ?? '';

/** Creates a workload through admission. */
export function create(manifest: JsonObject, settings: GateSettings, salt: () => string = nextSalt): Answer {
  const object = defaulted(manifest);
  const admission = admit({ ...requestOf(object), operation: 'CREATE', object, oldObject: null }, settings, salt);
  const identity = { uid: `uid-${++versions}`, resourceVersion: `${++versions}` };
  return { admission, object: withMetadata(defaulted(patched(object, admission.patch)), identity) };
}

let versions = 0;

/** Updates a stored workload through admission. `sent` is the whole new object, as a client's patch or put made it. */
export function update(stored: JsonObject, sent: JsonObject, settings: GateSettings): Answer {
  const { uid, resourceVersion } = objectAt(stored, 'metadata');
  const object = withMetadata(defaulted(sent), { uid, resourceVersion });
  const admission = admit({ ...requestOf(object), operation: 'UPDATE', object, oldObject: stored }, settings, nextSalt);
  const result = defaulted(patched(object, admission.patch));
  return { admission, object: withMetadata(result, { resourceVersion: `${++versions}` }) };
}

const requestOf = (object: JsonObject) => ({
  kind: kindOf(object),
  namespace: NAMESPACE,
  name: textAt(objectAt(object, 'metadata'), 'name') ?? '',
});

/** The object with fields of its metadata set. */
export const withMetadata = (object: JsonObject, fields: JsonObject): JsonObject =>
  withKey(object, 'metadata', { ...objectAt(object, 'metadata'), ...fields });

/** The object with its annotations replaced. */
export const withAnnotations = (object: JsonObject, annotations: JsonObject): JsonObject => withMetadata(object, { annotations });

/** The pod template of a workload. */
export function podTemplate(object: JsonObject): JsonObject {
  const kind = kindOf(object);
  const template = isKind(kind) ? templateOf(kind, object) : undefined;
  if (template === undefined) throw new Error(`no pod template in a ${kind}`);
  return template;
}

/** The workload with its pod template replaced. */
export function withPodTemplate(object: JsonObject, template: JsonObject): JsonObject {
  const kind = kindOf(object);
  if (!isKind(kind)) throw new Error(`no pod template in a ${kind}`);
  return withTemplate(kind, object, template);
}

/** The record that a workload's pod template bears. */
export function recordOf(object: JsonObject): StampRecord {
  const record = readRecord(podTemplate(object));
  if (record === undefined) throw new Error('the pod template bears no record');
  return record;
}
