/**
 * The Pod Security Standard "restricted", "baseline" included, control by control, as Kubernetes 1.34 has it
 * (kubernetes.io/docs/concepts/security/pod-security-standards).
 */
import { entriesAt, fieldAt, isPartlyUnknown, isUnknown, listAt } from './objects.ts';
import { containerName, type PodTemplate, podTemplatesOf } from './pod-templates.ts';
import { type Rule, shown } from './resource.ts';

/** Of one field: which values it may have. One that is not set is undefined. */
interface Control {
  /** Below a pod's spec, or below a container; of `<list>[].<field>` each element's. */
  readonly field: string;
  readonly allows: (value: unknown) => boolean;
  readonly wayOut: string;
  /** Not asked of pods that say that they are for Windows. */
  readonly linuxAlone?: true;
}

const unsetOr =
  (...values: readonly unknown[]) =>
  (value: unknown) =>
    value === undefined || values.includes(value);

const leftOut = (field: string, ...values: readonly unknown[]): Control => ({
  field,
  allows: unsetOr(...values),
  wayOut: 'leave it out',
});

const PROFILES = ['RuntimeDefault', 'Localhost'];
const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];
const SYSCTLS = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
];

/** What a pod's security context may say, and a container's likewise. */
const OF_BOTH: readonly Control[] = [
  leftOut('securityContext.windowsOptions.hostProcess', false),
  leftOut('securityContext.appArmorProfile.type', ...PROFILES),
  leftOut('securityContext.seLinuxOptions.type', ...SELINUX_TYPES),
  leftOut('securityContext.seLinuxOptions.user', ''),
  leftOut('securityContext.seLinuxOptions.role', ''),
  { field: 'securityContext.runAsNonRoot', allows: unsetOr(true), wayOut: 'set it to true' },
  { field: 'securityContext.runAsUser', allows: (value) => value !== 0, wayOut: 'choose another user' },
  { field: 'securityContext.seccompProfile.type', allows: unsetOr(...PROFILES), wayOut: 'set it to RuntimeDefault' },
];

const OF_POD: readonly Control[] = [
  leftOut('hostNetwork', false),
  leftOut('hostPID', false),
  leftOut('hostIPC', false),
  leftOut('securityContext.sysctls[].name', ...SYSCTLS),
  ...OF_BOTH,
];

/** Where a container is asked how it is, or told: a host there may be any, and the node's kubelet calls it. */
const HOOKS = ['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle.postStart', 'lifecycle.preStop'];

const OF_CONTAINER: readonly Control[] = [
  leftOut('securityContext.privileged', false),
  leftOut('ports[].hostPort', 0),
  ...HOOKS.flatMap((hook) => [leftOut(`${hook}.httpGet.host`, ''), leftOut(`${hook}.tcpSocket.host`, '')]),
  leftOut('securityContext.procMount', 'Default'),
  {
    field: 'securityContext.allowPrivilegeEscalation',
    allows: (value) => value === false,
    wayOut: 'set it to false',
    linuxAlone: true,
  },
  ...OF_BOTH,
  {
    field: 'securityContext.capabilities.drop',
    allows: (value) => Array.isArray(value) && (value.includes('ALL') || isPartlyUnknown(value)),
    wayOut: 'drop ALL',
    linuxAlone: true,
  },
  { ...leftOut('securityContext.capabilities.add[]', 'NET_BIND_SERVICE'), linuxAlone: true },
];

/** What a container or its pod has to say; what either says wrongly is a fault there. */
const OF_EITHER: readonly Omit<Control, 'allows'>[] = [
  { field: 'securityContext.runAsNonRoot', wayOut: 'set it to true' },
  { field: 'securityContext.seccompProfile.type', wayOut: 'set it to RuntimeDefault', linuxAlone: true },
];

export const restricted: Rule = {
  name: 'restricted',
  description: 'Pods keep to the Pod Security Standard "restricted", which namespaces may ask for and ours does.',
  check: (resource) => podTemplatesOf(resource).flatMap(ofTemplate),
};

function ofTemplate({ metadata, spec, containers, partial }: PodTemplate): readonly string[] {
  const system = fieldAt(spec, 'os.name');
  const windows = system === 'windows' || isUnknown(system);
  const isAsked = ({ linuxAlone }: Pick<Control, 'linuxAlone'>) => !(linuxAlone && windows);
  const faultsOf = (controls: readonly Control[], object: unknown) =>
    controls.filter(isAsked).flatMap((control) => faults(control, object, partial));
  return [
    ...faultsOf(OF_POD, spec),
    ...listAt(spec, 'volumes').flatMap(ofVolume),
    ...ofAnnotations(metadata),
    ...containers.flatMap((container) =>
      [
        ...faultsOf(OF_CONTAINER, container),
        ...OF_EITHER.filter(isAsked)
          .filter(({ field }) => !partial && !isSaid(field, container, spec))
          .map(({ field, wayOut }) => `${field} is missing, and in its pod too: ${wayOut}`),
      ].map((fault) => `${containerName(container)}: ${fault}`),
    ),
  ];
}

function faults({ field, allows, wayOut }: Control, object: unknown, partial: boolean): readonly string[] {
  const [list, element] = field.split(/\[\]\.?/);
  const values =
    list === undefined || element === undefined
      ? [fieldAt(object, field)]
      : listAt(object, list).map((one) => fieldAt(one, element));
  return values
    .filter((value) => !isUnknown(value) && !(partial && value === undefined) && !allows(value))
    .map((value) => `${field.replace('[]', '')} is ${shown(value)}: ${wayOut}`);
}

const isSaid = (field: string, ...objects: readonly unknown[]): boolean =>
  objects.some((object) => fieldAt(object, field) !== undefined);

/** Kinds of volumes that reach nothing of the node. */
const VOLUMES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'];

const ofVolume = (volume: unknown): readonly string[] =>
  entriesAt(volume, '')
    .filter(([key, value]) => key !== 'name' && !VOLUMES.includes(key) && !isUnknown(value) && (value ?? undefined) !== undefined)
    .map(([key]) => `volume ${String(fieldAt(volume, 'name'))} is a ${key}: use one of ${VOLUMES.join(', ')}`);

/** How AppArmor's profile was said before Kubernetes 1.30, and still may be. */
const APP_ARMOR = 'container.apparmor.security.beta.kubernetes.io/';

const ofAnnotations = (metadata: unknown): readonly string[] =>
  entriesAt(metadata, 'annotations')
    .filter(
      ([key, value]) => key.startsWith(APP_ARMOR) && !isUnknown(value) && !/^(runtime\/default|localhost\/.*)?$/.test(`${value}`),
    )
    .map(([key, value]) => `annotation ${key} is ${shown(value)}: leave it out`);
