/** What a stack asks of a cluster, read from what its program asks an engine for. */
import { z } from 'zod';
import { CONTROLLER } from '../infra/names.ts';
import type { Asked } from '../local/offline/engine.ts';
import { selectedNamespaces } from '../local/uninstall/itself.ts';
import { isObject } from '../relations/json.ts';
import { homeOf } from './claims.ts';

/** An object that an `up` would create. */
export interface WantedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Undefined for what is in no namespace. */
  readonly namespace: string | undefined;
}

const texts = z.array(z.string()).default([]);
const rule = z.looseObject({ apiGroups: texts, resources: texts, verbs: texts, resourceNames: texts });
export type Rule = z.output<typeof rule>;

export interface WantedRole extends WantedObject {
  readonly rules: readonly Rule[];
}

export interface WantedBinding extends WantedObject {
  readonly role: { readonly kind: string; readonly name: string };
}

/** An object outside orcon's own namespace that tells which orcon it belongs to. */
export interface WantedClaim extends WantedObject {
  /** Namespace of that orcon. */
  readonly home: string;
  /** Of a webhook configuration: the namespaces that it looks after, empty for all. */
  readonly lookedAfter: readonly string[];
}

/** A Secret that pods take and that the stack does not create. */
export interface GivenSecret {
  readonly namespace: string;
  readonly name: string;
  /** Keys that it has to have. */
  readonly keys: readonly string[];
}

export interface Wanted {
  readonly objects: readonly WantedObject[];
  readonly roles: readonly WantedRole[];
  readonly bindings: readonly WantedBinding[];
  readonly claims: readonly WantedClaim[];
  readonly secrets: readonly GivenSecret[];
  readonly priorityClasses: readonly string[];
  /** Labels of the nodes that the pods may run on. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Ports at which NetworkPolicies let the controller reach the API server; undefined where there are none. */
  readonly apiServerPorts: readonly number[] | undefined;
  /** Images that are built and pushed, and the platforms that they are for. */
  readonly images: readonly { readonly name: string; readonly platform: string }[];
}

const object = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
const role = z.looseObject({ rules: z.array(rule).default([]) });
const binding = z.looseObject({ roleRef: z.looseObject({ kind: z.string(), name: z.string() }) });
const secretVolume = z.looseObject({ secretName: z.string(), items: z.array(z.looseObject({ key: z.string() })).default([]) });
const deployment = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        nodeSelector: z.record(z.string(), z.string()).default({}),
        priorityClassName: z.string().optional(),
        imagePullSecrets: z.array(z.looseObject({ name: z.string() })).default([]),
        volumes: z.array(z.looseObject({ secret: secretVolume.optional() })).default([]),
      }),
    }),
  }),
});
const policyPort = z.looseObject({ protocol: z.string(), port: z.number() });
const egress = z.array(z.looseObject({ ports: z.array(policyPort).default([]) })).default([]);
const policy = z.looseObject({ spec: z.looseObject({ egress }) });
const image = z.looseObject({ imageName: z.string(), build: z.looseObject({ platform: z.string() }) });

/** Reads it; `asked` is the whole of a preview. */
export function wantedOf(asked: readonly Asked[]): Wanted {
  const all = asked
    .filter(({ type }) => type.startsWith('kubernetes:'))
    .map(({ inputs }) => {
      const { apiVersion, kind, metadata } = object.parse(inputs);
      return { object: { apiVersion, kind, name: metadata.name, namespace: metadata.namespace }, inputs };
    });
  const ofKind = (pattern: RegExp) => all.filter((one) => pattern.test(one.object.kind));
  const deployments = ofKind(/^Deployment$/).map((one) => ({
    namespace: one.object.namespace ?? 'default',
    pod: deployment.parse(one.inputs).spec.template.spec,
  }));
  const created = ofKind(/^Secret$/).map((one) => `${one.object.namespace}/${one.object.name}`);
  const secrets = deployments.flatMap(({ namespace, pod }) => [
    ...pod.volumes
      .flatMap(({ secret }) => (secret === undefined ? [] : [secret]))
      .map(({ secretName, items }) => ({ namespace, name: secretName, keys: items.map(({ key }) => key) })),
    ...pod.imagePullSecrets.map(({ name }) => ({ namespace, name, keys: [] })),
  ]);
  return {
    objects: all.map((one) => one.object),
    roles: ofKind(/^(Cluster)?Role$/).map((one) => ({ ...one.object, rules: role.parse(one.inputs).rules })),
    bindings: ofKind(/^(Cluster)?RoleBinding$/).map((one) => ({ ...one.object, role: binding.parse(one.inputs).roleRef })),
    claims: all.flatMap((one) => claimOf(one.object, one.inputs)),
    secrets: distinct(secrets.filter(({ namespace, name }) => !created.includes(`${namespace}/${name}`))),
    priorityClasses: distinct(deployments.flatMap(({ pod }) => pod.priorityClassName ?? [])),
    nodeSelector: Object.assign({}, ...deployments.map(({ pod }) => pod.nodeSelector)),
    apiServerPorts: ofKind(/^NetworkPolicy$/)
      .filter((one) => one.object.name === CONTROLLER)
      .map((one) => policy.parse(one.inputs).spec.egress.flatMap(({ ports }) => ports))
      .map((ports) => ports.filter(({ protocol }) => protocol === 'TCP').map(({ port }) => port))[0],
    images: asked
      .filter(({ type }) => type === 'docker:index/image:Image')
      .map(({ inputs }) => image.parse(inputs))
      .map(({ imageName, build }) => ({ name: imageName, platform: build.platform })),
  };
}

function claimOf(wanted: WantedObject, inputs: unknown): readonly WantedClaim[] {
  const home = isObject(inputs) ? homeOf(wanted.kind, inputs) : undefined;
  if (home === undefined || wanted.namespace === home) return [];
  return [{ ...wanted, home, lookedAfter: selectedNamespaces(inputs) }];
}

/** Without repeats, by what the elements say. */
export const distinct = <T>(list: readonly T[]): readonly T[] => [
  ...new Map(list.map((element) => [JSON.stringify(element), element])).values(),
];
