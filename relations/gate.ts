import { createHash } from 'node:crypto';
import { isObject, type Json, type JsonObject, jsonEqual, objectAt, objectsAt, textAt } from './json.ts';
import { PERMIT, RELATIONS_FOLDER, REQUIRED_VARS } from './vocabulary.ts';

/** Who holds a pod, and the gate containers that every consumer gets, as the operator configured them. */
export interface GateSettings {
  /** `container`: the init containers wait for the permit. `kubelet`: no container starts before the permit is there. */
  readonly hold: 'container' | 'kubelet';
  readonly initContainers: readonly JsonObject[];
}

/** What one workload's gates are told. */
export interface GateContext {
  readonly configMap: string;
  readonly permit: string;
  readonly requiredVars: readonly string[];
  readonly volume: string;
  readonly hold: 'container' | 'kubelet';
}

const NONROOT_USER = 65532;
/** Sizes of a gate whose configuration names none, where the pod has sizes itself. A shell needs next to nothing. */
const DEFAULT_SIZES: JsonObject = { cpu: '50m', memory: '16Mi' };

/** With no gate container to trust, the kubelet is the gate. */
export const effectiveHold = (settings: GateSettings): 'container' | 'kubelet' =>
  settings.initContainers.length === 0 ? 'kubelet' : settings.hold;

/** Settings are read once and asked for at each review. */
const fingerprints = new WeakMap<GateSettings, string>();

/** A short text that differs where settings differ: a stamp made with others is renewed when its pods restart anyway. */
export function fingerprint(settings: GateSettings): string {
  const known = fingerprints.get(settings);
  if (known !== undefined) return known;
  const content = JSON.stringify([settings.hold, settings.initContainers]);
  const made = createHash('sha256').update(content).digest('hex').slice(0, 8);
  fingerprints.set(settings, made);
  return made;
}

/** The `env` entry that names the permit: as text for a gate that waits, as a key without which the kubelet starts nothing. */
export const permitVariable = (name: string, context: Pick<GateContext, 'configMap' | 'permit' | 'hold'>): JsonObject =>
  context.hold === 'container'
    ? { name, value: context.permit }
    : { name, valueFrom: { configMapKeyRef: { name: context.configMap, key: context.permit, optional: false } } };

export const relationsSource = (configMap: string): JsonObject => ({ configMapRef: { name: configMap, optional: true } });

/** Whether an `envFrom` entry is ours. A user's own from the same ConfigMap, say with a prefix, is another. */
export const isRelationsSource = (entry: Json | undefined, configMap: string): boolean =>
  jsonEqual(entry, relationsSource(configMap));

/** Whether an `env` entry has its value from a permit of that ConfigMap, which nobody but the kubelet gate asks for. */
export function needsPermit(entry: JsonObject, configMap: string): boolean {
  const from = objectAt(objectAt(entry, 'valueFrom'), 'configMapKeyRef');
  return from.name === configMap && textAt(from, 'key')?.startsWith(`${PERMIT}_`) === true;
}

export const relationsVolume = (volume: string, configMap: string): JsonObject => ({
  name: volume,
  configMap: { name: configMap, optional: true },
});

/** Whether a volume is ours; the API server adds file modes to what was written. */
export const isRelationsVolume = (volume: JsonObject, name: string, configMap: string): boolean =>
  volume.name === name && objectAt(volume, 'configMap').name === configMap;

/** Whether a container is a gate of ours; one of a user's that took its name does not wait for a permit. */
export const isGate = (container: JsonObject, names: readonly string[]): boolean =>
  names.includes(textAt(container, 'name') ?? '') &&
  objectsAt(container, 'env').some((entry) => entry.name === REQUIRED_VARS || namesPermit(entry));

const namesPermit = (entry: JsonObject): boolean =>
  [textAt(entry, 'value'), textAt(objectAt(objectAt(entry, 'valueFrom'), 'configMapKeyRef'), 'key')].some((each) =>
    each?.startsWith(`${PERMIT}_`),
  );

/**
 * One configured init container as it goes into a pod: with what it waits for, and fitted to the pod, so that a pod that was
 * admitted by Pod Security, quota and limits before still is, in the same QoS class.
 */
export function gateContainer(configured: JsonObject, name: string, podSpec: JsonObject, context: GateContext): JsonObject {
  const ownEnv = objectsAt(configured, 'env').filter((entry) => entry.name !== REQUIRED_VARS && entry.name !== PERMIT);
  const resources = gateResources(configured, podSpec);
  const securityContext = gateSecurity(configured, podSpec);
  const { resources: _, securityContext: __, ...rest } = configured;
  return {
    ...rest,
    name,
    env: [...ownEnv, { name: REQUIRED_VARS, value: context.requiredVars.join(',') }, permitVariable(PERMIT, context)],
    envFrom: [relationsSource(context.configMap), ...objectsAt(configured, 'envFrom')],
    volumeMounts: [
      ...objectsAt(configured, 'volumeMounts'),
      { name: context.volume, mountPath: RELATIONS_FOLDER, readOnly: true },
    ],
    ...(resources === undefined ? {} : { resources }),
    ...(Object.keys(securityContext).length > 0 ? { securityContext } : {}),
  };
}

const allContainers = (podSpec: JsonObject): readonly JsonObject[] => [
  ...objectsAt(podSpec, 'initContainers'),
  ...objectsAt(podSpec, 'containers'),
];

/** Whether a container has a size that its pod's QoS class depends on: cpu or memory, and more than nothing of it. */
const isSized = (container: JsonObject): boolean =>
  ['requests', 'limits'].some((list) => {
    const sizes = objectAt(objectAt(container, 'resources'), list);
    return ['cpu', 'memory'].some((resource) => isSize(sizes[resource]));
  });

/** Whether a quantity, text or number, is more than nothing; what is neither is left for the API server to refuse. */
const isSize = (quantity: Json | undefined): boolean =>
  (typeof quantity === 'string' || typeof quantity === 'number') && Number.parseFloat(`${quantity}`) !== 0;

/**
 * Requests equal to limits keep a Guaranteed pod Guaranteed; none keep a BestEffort pod BestEffort. A pod that is sized as a
 * whole gets none either: its class does not depend on its containers, and their requests must fit into its own.
 */
function gateResources(configured: JsonObject, podSpec: JsonObject): JsonObject | undefined {
  const pod = objectAt(podSpec, 'resources');
  const sizedAsWhole = Object.keys(objectAt(pod, 'requests')).length + Object.keys(objectAt(pod, 'limits')).length > 0;
  if (sizedAsWhole || !allContainers(podSpec).some(isSized)) return undefined;
  const own = objectAt(configured, 'resources');
  const sizes = { ...DEFAULT_SIZES, ...objectAt(own, 'requests'), ...objectAt(own, 'limits') };
  return { requests: sizes, limits: sizes };
}

/** The fields of a container's securityContext that the API server takes in a pod of Windows. */
export const WINDOWS_FIELDS: readonly string[] = ['windowsOptions', 'runAsNonRoot'];

/** What a gate says of its security: what the operator configured, else what the pod needs. */
function gateSecurity(configured: JsonObject, podSpec: JsonObject): JsonObject {
  const wanted = isObject(configured.securityContext) ? configured.securityContext : restricted(podSpec);
  if (textAt(objectAt(podSpec, 'os'), 'name') !== 'windows') return wanted;
  return Object.fromEntries(Object.entries(wanted).filter(([field]) => WINDOWS_FIELDS.includes(field)));
}

/**
 * Pod Security `restricted` for a container that says nothing itself. It runs as the pod's own user; only where that is root
 * it names another. That it must not be root is said only where the pod says so of its own containers: a gate image of the
 * prototype's kind may be root, and a pod that allows root loses nothing by it.
 */
function restricted(podSpec: JsonObject): JsonObject {
  const pod = objectAt(podSpec, 'securityContext');
  const containers = objectsAt(podSpec, 'containers');
  const nonRootByContainer =
    pod.runAsNonRoot === undefined &&
    containers.length > 0 &&
    containers.every((container) => objectAt(container, 'securityContext').runAsNonRoot === true);
  const always: { [key: string]: Json } = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
    seccompProfile: { type: 'RuntimeDefault' },
  };
  if (pod.runAsUser === 0) return { ...always, runAsNonRoot: true, runAsUser: NONROOT_USER };
  return nonRootByContainer ? { ...always, runAsNonRoot: true } : always;
}
