import type { GateSettings } from '../../relations/gate.ts';
import type { Json, JsonObject } from '../../relations/json.ts';
import type { Kind } from '../../relations/kinds.ts';
import { KINDS, withTemplate } from '../../relations/kinds.ts';

/** The workloads that a user would write, for tests. */

export const NAMESPACE = 'shop';

/** The gate as orcon ships it: it waits for the permit itself. */
export const GATE: GateSettings = { hold: 'container', initContainers: [{ name: 'tengu-gate', image: 'gate:1' }] };
/** The kubelet is the gate, and no container of ours is put in. */
export const KUBELET: GateSettings = { hold: 'kubelet', initContainers: [] };
/** The prototype's kind of gate: a container that knows its environment alone, held by the kubelet. */
export const KUBELET_AND_GATE: GateSettings = { hold: 'kubelet', initContainers: [{ name: 'tengu-gate', image: 'old-gate:1' }] };
export const ALL_SETTINGS: readonly (readonly [string, GateSettings])[] = [
  ['a gate container', GATE],
  ['the kubelet alone', KUBELET],
  ['the kubelet and a gate container', KUBELET_AND_GATE],
];

export const consuming = (consumes = 'db', relations = 'db-endpoint'): JsonObject => ({
  'tengu.io/consumes': consumes,
  'tengu.io/relations': relations,
});

export const TEMPLATE: JsonObject = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'web:1' }] },
};

export interface Wanted {
  readonly kind?: Kind;
  readonly name?: string;
  readonly annotations?: JsonObject;
  readonly labels?: JsonObject;
  readonly metadata?: JsonObject;
  readonly template?: JsonObject;
  /** Fields of `spec` beside the pod template. */
  readonly spec?: JsonObject;
}

/** A workload as a user's manifest says it; a consumer of `db` unless `annotations` says otherwise. */
export function workload(wanted: Wanted = {}): JsonObject {
  const { kind = 'Deployment', name = 'web', annotations = consuming(), labels, metadata, template = TEMPLATE, spec } = wanted;
  const bare: JsonObject = {
    apiVersion: KINDS[kind].apiVersion,
    kind,
    metadata: {
      name,
      namespace: NAMESPACE,
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      ...(labels === undefined ? {} : { labels }),
      ...metadata,
    },
    spec: { ...spec },
  };
  return withTemplate(kind, bare, template);
}

/** A pod template with these containers, and whatever else its spec has. */
export const templateWith = (containers: readonly JsonObject[], spec: JsonObject = {}): JsonObject => ({
  metadata: { labels: { app: 'web' } },
  spec: { ...spec, containers },
});

/** The value at the end of a path of keys and indexes; undefined where the path ends before. */
export function at(value: unknown, ...path: readonly (string | number)[]): Json | undefined {
  let here: unknown = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Object.entries(here).find(([each]) => each === String(key))?.[1];
  }
  return isJson(here) ? here : undefined;
}

const isJson = (value: unknown): value is Json =>
  value === null || ['boolean', 'number', 'string', 'object'].includes(typeof value);
