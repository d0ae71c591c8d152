import { z } from 'zod';
import { described, type KeyDescription, key } from './key-description.ts';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const IMAGE = /^[a-z0-9][a-z0-9._:/-]*(@sha256:[0-9a-f]{64})?$/i;
const QUANTITY = /^[0-9]+(\.[0-9]+)?(m|k|M|G|Ki|Mi|Gi)?$/;

const optional = <T>(schema: z.ZodType<T>) => z.union([z.literal('').transform(() => undefined), schema]);
const text = (pattern: RegExp) => z.string().regex(pattern);
const whole = (min: number, max: number) => z.int().min(min).max(max);

const slot = () => z.enum(['a', 'b']);
const HOURS_OF_30_YEARS = 262_800;
const container = z.looseObject({ name: text(DNS_LABEL), image: z.string().min(1) });

/** Every configuration key of this project, by name without `orcon:`. */
export const schema = z.object({
  expectedContext: key(optional(z.string()), {
    description: 'Guard against the wrong cluster: kubernetes:context must be this. Empty: no guard.',
    type: 'string',
    expects: 'the name of a kubeconfig context',
    example: 'production',
    default: '',
  }),
  namespace: key(text(DNS_LABEL), {
    description: 'Namespace of orcon itself.',
    type: 'string',
    expects: 'a DNS label',
    example: 'orcon-system',
    default: 'orcon-system',
  }),
  createNamespace: key(z.boolean(), {
    description: 'Whether that namespace is created; false where it is given.',
    type: 'boolean',
    expects: 'true or false',
    example: 'true',
    default: true,
  }),
  namespaces: key(z.array(text(DNS_LABEL)), {
    description:
      'Namespaces that orcon looks after, among those labelled tengu-injector=enabled. Empty: all. They have to exist.',
    type: 'array',
    items: 'string',
    expects: 'a list of DNS labels',
    example: '["shop","billing"]',
    default: [],
  }),
  registry: key(text(/^[a-z0-9.-]+(:[0-9]+)?(\/[a-z0-9._-]+)*$/), {
    description: 'Registry, and path if any, that the images are pushed to and pulled from. To be set.',
    type: 'string',
    expects: 'a registry host with port and path if any',
    example: 'ghcr.io/acme',
    default: '',
  }),
  registryUsername: key(optional(z.string()), {
    description: 'User who pushes the images. Empty: as the Docker client is logged in.',
    type: 'string',
    expects: 'a user name',
    example: 'acme-bot',
    default: '',
  }),
  registryPassword: key(optional(z.string()), {
    description: 'Password of that user; set it with --secret.',
    type: 'string',
    expects: 'a password, set with --secret',
    example: '"…"',
    default: '',
  }),
  pullSecrets: key(z.array(text(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)), {
    description: "Secrets in orcon's namespace with which the nodes pull its images.",
    type: 'array',
    items: 'string',
    expects: 'a list of names of Secrets',
    example: '["registry"]',
    default: [],
  }),
  nodeImage: key(text(IMAGE), {
    description: 'Base image of webhook and controller: Node 24 at /nodejs/bin/node.',
    type: 'string',
    expects: 'an image reference',
    example: 'gcr.io/distroless/nodejs24-debian12:nonroot',
    default: 'gcr.io/distroless/nodejs24-debian12:nonroot',
  }),
  gateBaseImage: key(text(IMAGE), {
    description: 'Base image of the gate: a shell at /bin/sh, with sleep.',
    type: 'string',
    expects: 'an image reference',
    example: 'docker.io/library/busybox:1.37',
    default: 'docker.io/library/busybox:1.37',
  }),
  platform: key(text(/^linux\/[a-z0-9]+(\/v[0-9]+)?$/), {
    description: 'Platform of the nodes.',
    type: 'string',
    expects: 'linux/<architecture>',
    example: 'linux/arm64',
    default: 'linux/amd64',
  }),
  replicas: key(whole(1, 20), {
    description: 'Replicas of the webhook, and of the controller, of which one acts.',
    type: 'integer',
    expects: 'a whole number from 1 to 20',
    example: '2',
    default: 2,
  }),
  failurePolicy: key(z.enum(['Fail', 'Ignore']), {
    description: 'Consumers while no webhook answers: Fail refuses them, Ignore lets them through, to be mended later.',
    type: 'string',
    expects: 'Fail or Ignore',
    example: 'Fail',
    default: 'Fail',
  }),
  webhookTimeoutSeconds: key(whole(1, 10), {
    description: "Seconds that the API server waits for the webhook's answer.",
    type: 'integer',
    expects: 'a whole number from 1 to 10',
    example: '5',
    default: 5,
  }),
  hold: key(z.enum(['container', 'kubelet']), {
    description: 'What holds a pod: a gate container that waits and says for what, or the kubelet alone, which is quicker.',
    type: 'string',
    expects: 'container or kubelet',
    example: 'kubelet',
    default: 'container',
  }),
  gateImage: key(optional(text(IMAGE)), {
    description: 'Image of the gate container in place of the one built here. Empty: built here, or none with hold kubelet.',
    type: 'string',
    expects: 'an image reference',
    example: 'ghcr.io/acme/gate:1',
    default: '',
  }),
  gateCpu: key(text(QUANTITY), {
    description: 'Processor time of the gate container, request and limit, in pods that have sizes themselves.',
    type: 'string',
    expects: 'a Kubernetes quantity',
    example: '50m',
    default: '50m',
  }),
  gateMemory: key(text(QUANTITY), {
    description: 'Memory of the gate container, request and limit, in pods that have sizes themselves.',
    type: 'string',
    expects: 'a Kubernetes quantity',
    example: '16Mi',
    default: '16Mi',
  }),
  initContainers: key(z.array(container), {
    description: 'Further init containers for the pods of consumers, after the gate.',
    type: 'array',
    items: 'object',
    expects: 'a list of containers, each with name and image',
    example: '[{"name":"wait","image":"ghcr.io/acme/wait:1"}]',
    default: [],
  }),
  maxRolls: key(whole(1, 1000), {
    description: 'Workloads that are rolled at a time when a value changed.',
    type: 'integer',
    expects: 'a whole number from 1 to 1000',
    example: '20',
    default: 20,
  }),
  logLevel: key(z.enum(['debug', 'info', 'warn', 'error']), {
    description: 'How much webhook and controller log.',
    type: 'string',
    expects: 'debug, info, warn or error',
    example: 'info',
    default: 'info',
  }),
  priorityClass: key(optional(text(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)), {
    description: 'PriorityClass of webhook and controller. Empty: the default one.',
    type: 'string',
    expects: 'the name of a PriorityClass',
    example: 'system-cluster-critical',
    default: '',
  }),
  networkPolicies: key(z.boolean(), {
    description: 'Whether NetworkPolicies narrow who talks to whom.',
    type: 'boolean',
    expects: 'true or false',
    example: 'true',
    default: true,
  }),
  apiServerPorts: key(z.array(whole(1, 65535)).min(1), {
    description: 'Ports of the API server that the controller may reach, by those NetworkPolicies.',
    type: 'array',
    items: 'integer',
    expects: 'a list of ports',
    example: '[443,6443]',
    default: [443, 6443],
  }),
  trustedAuthorities: key(z.array(slot()).min(1), {
    description: 'Certificate authorities that the API server trusts; two while one is exchanged for the other.',
    type: 'array',
    items: 'string',
    expects: '["a"], ["b"] or ["a","b"]',
    example: '["a","b"]',
    default: ['a'],
  }),
  signingAuthority: key(slot(), {
    description: "The trusted authority that signs the webhook's certificate.",
    type: 'string',
    expects: 'a or b',
    example: 'a',
    default: 'a',
  }),
  authorityHours: key(whole(2, HOURS_OF_30_YEARS), {
    description: 'Hours that a certificate authority lives.',
    type: 'integer',
    expects: 'a whole number from 2 to 262800',
    example: '87600',
    default: 87_600,
  }),
  authorityRenewalHours: key(whole(1, HOURS_OF_30_YEARS), {
    description: 'Hours before its end from which an up makes it anew, on the same key.',
    type: 'integer',
    expects: 'a whole number from 1 to 262800',
    example: '17520',
    default: 17_520,
  }),
  certificateHours: key(whole(2, HOURS_OF_30_YEARS), {
    description: "Hours that the webhook's certificate lives.",
    type: 'integer',
    expects: 'a whole number from 2 to 262800',
    example: '8760',
    default: 8_760,
  }),
  certificateRenewalHours: key(whole(1, HOURS_OF_30_YEARS), {
    description: 'Hours before its end from which an up makes it anew. Run an up more often than that.',
    type: 'integer',
    expects: 'a whole number from 1 to 262800',
    example: '2160',
    default: 2_160,
  }),
});

/** The parsed values of all keys; undefined where empty text means: not set. */
export type Values = z.output<typeof schema>;
export type KeyName = keyof Values;

const isKeyName = (name: string): name is KeyName => Object.hasOwn(schema.shape, name);

/** The names of all keys, in the order in which they are written above. */
export const keyNames: readonly KeyName[] = Object.keys(schema.shape).filter(isKeyName);

/** What is said about one key. */
export const describeKey = (name: KeyName): KeyDescription => described(schema.shape[name]);
