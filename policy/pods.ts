/** Rules about pods, whichever workload they are made by. */
import { z } from 'zod';
import { number, type Resource, type Rule, shown, UNKNOWN } from './resource.ts';

const security = z.looseObject({
  privileged: z.boolean().optional(),
  runAsNonRoot: z.boolean().optional(),
  runAsUser: number.optional(),
  allowPrivilegeEscalation: z.boolean().optional(),
  seccompProfile: z.looseObject({ type: z.string() }).optional(),
  capabilities: z.looseObject({ drop: z.array(z.string()).optional(), add: z.array(z.string()).optional() }).optional(),
});
const sizes = z.record(z.string(), z.union([z.string(), z.number()]));
const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  ports: z.array(z.looseObject({ hostPort: number.optional() })).optional(),
  resources: z.looseObject({ requests: sizes.optional(), limits: sizes.optional() }).optional(),
  securityContext: security.optional(),
});
const podSpec = z.looseObject({
  hostNetwork: z.boolean().optional(),
  hostPID: z.boolean().optional(),
  hostIPC: z.boolean().optional(),
  securityContext: security.optional(),
  containers: z.array(container),
  initContainers: z.array(container).optional(),
  volumes: z.array(z.looseObject({ name: z.string() })).optional(),
});
type PodSpec = z.output<typeof podSpec>;
type Container = z.output<typeof container>;

const template = z.looseObject({ template: z.looseObject({ spec: podSpec }) });
/** Where each kind has the spec of its pods. */
const SPECS: Readonly<Record<string, (spec: unknown) => PodSpec>> = {
  'kubernetes:core/v1:Pod': (spec) => podSpec.parse(spec),
  'kubernetes:batch/v1:CronJob': (spec) =>
    z.looseObject({ jobTemplate: z.looseObject({ spec: template }) }).parse(spec).jobTemplate.spec.template.spec,
  ...Object.fromEntries(
    ['apps/v1:Deployment', 'apps/v1:StatefulSet', 'apps/v1:DaemonSet', 'batch/v1:Job'].map((kind) => [
      `kubernetes:${kind}`,
      (spec: unknown) => template.parse(spec).template.spec,
    ]),
  ),
};

const podsOf = ({ type, inputs }: Resource): readonly PodSpec[] => {
  const read = SPECS[type];
  return read === undefined ? [] : [read(inputs.spec)];
};
const containersOf = ({ containers, initContainers = [] }: PodSpec): readonly Container[] => [...containers, ...initContainers];

export const imageByDigest: Rule = {
  name: 'image-by-digest',
  description: 'Pods name their images by digest: nobody can put another one behind it, and what was reviewed is what runs.',
  check: (resource) =>
    podsOf(resource)
      .flatMap(containersOf)
      // One that is built in the same run is known by its digest and nothing else.
      .filter(({ image }) => image !== UNKNOWN && !/@sha256:[0-9a-f]{64}$/.test(image))
      .map(({ name, image }) => `container ${name} has the image ${shown(image)}: name it by digest, …@sha256:…`),
};

export const sized: Rule = {
  name: 'sized',
  description: 'Containers ask for processor time and memory and are limited in memory, so that none starves its neighbours.',
  check: (resource) =>
    podsOf(resource)
      .flatMap(containersOf)
      .flatMap(({ name, resources = {} }) =>
        [
          ['requests.cpu', resources.requests?.cpu],
          ['requests.memory', resources.requests?.memory],
          ['limits.memory', resources.limits?.memory],
        ]
          .filter(([, value]) => value === undefined)
          .map(([field]) => `container ${name} has no resources.${field}: set it`),
      ),
};

export const restricted: Rule = {
  name: 'restricted',
  description: 'Pods keep to the Pod Security Standard "restricted", which namespaces may ask for and ours does.',
  check: (resource) =>
    podsOf(resource).flatMap((pod) => [...ofPod(pod), ...containersOf(pod).flatMap((one) => ofContainer(one, pod))]),
};

/** Kinds of volumes that reach nothing of the node. */
const VOLUMES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'];

function ofPod({ hostNetwork, hostPID, hostIPC, securityContext, volumes = [] }: PodSpec): string[] {
  const host = Object.entries({ hostNetwork, hostPID, hostIPC }).filter(([, value]) => value === true);
  const kinds = volumes.flatMap(({ name, ...kind }) => Object.keys(kind).map((key) => ({ name, key })));
  return [
    ...host.map(([field]) => `${field} is true: leave it out`),
    ...kinds
      .filter(({ key }) => !VOLUMES.includes(key))
      .map(({ name, key }) => `volume ${name} is a ${key}: use one of ${VOLUMES.join(', ')}`),
    ...(securityContext?.runAsUser === 0 ? ['securityContext.runAsUser is 0: choose another user'] : []),
  ];
}

function ofContainer(
  { name, ports = [], securityContext: own = {} }: Container,
  { securityContext: pod = {} }: PodSpec,
): string[] {
  const added = (own.capabilities?.add ?? []).filter((capability) => capability !== 'NET_BIND_SERVICE');
  const seccomp = (own.seccompProfile ?? pod.seccompProfile)?.type;
  const wrong = [
    own.privileged === true && 'securityContext.privileged is true: leave it out',
    own.allowPrivilegeEscalation !== false &&
      `securityContext.allowPrivilegeEscalation is ${shown(own.allowPrivilegeEscalation)}: set it to false`,
    (own.runAsNonRoot ?? pod.runAsNonRoot) !== true && 'securityContext.runAsNonRoot is not true, nor is the pod’s: set it',
    own.runAsUser === 0 && 'securityContext.runAsUser is 0: choose another user',
    seccomp !== 'RuntimeDefault' &&
      seccomp !== 'Localhost' &&
      `securityContext.seccompProfile.type is ${shown(seccomp)}: set it to RuntimeDefault`,
    !own.capabilities?.drop?.includes('ALL') && `securityContext.capabilities.drop is ${shown(own.capabilities?.drop)}: drop ALL`,
    added.length > 0 && `securityContext.capabilities.add has ${added.join(', ')}: leave it out`,
    ports.some(({ hostPort = 0 }) => hostPort !== 0 && hostPort !== UNKNOWN) && 'ports have a hostPort: leave it out',
  ];
  return wrong.filter((fault) => fault !== false).map((fault) => `container ${name}: ${fault}`);
}
