import { describe, expect, test } from '@jest/globals';
import { type Resource, UNKNOWN, violations } from '../../policy/resource.ts';
import { packRules } from '../../policy/rules.ts';

const DIGEST = `x@sha256:${'7'.repeat(64)}`;
const sizes = { requests: { cpu: '1m', memory: '1Mi' }, limits: { memory: '1Mi' } };
const container = {
  name: 'app',
  image: DIGEST,
  resources: sizes,
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
};
const context = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };

type Tree = Readonly<Record<string, unknown>>;

/** A pod that keeps the rules but for what is changed: in its spec, in its container, in either's security context. */
const podWith = ({ pod = {}, podContext = {}, own = {}, ownContext = {}, annotations = {} }: Readonly<Record<string, Tree>>) => ({
  metadata: { annotations },
  spec: {
    securityContext: { ...context, ...podContext },
    ...pod,
    containers: [{ ...container, ...own, securityContext: { ...container.securityContext, ...ownContext } }],
  },
});

const resource = (type: string, inputs: Tree): Resource => ({
  urn: 'urn:pulumi:stack::project::orcon:index:Orcon$it::it',
  type: `kubernetes:${type}`,
  name: 'it',
  parent: 'urn:pulumi:stack::project::orcon:index:Orcon::it',
  provider: 'cluster',
  inputs,
});

const broken = (type: string, inputs: Tree) => violations(packRules, [resource(type, inputs)]);

/** How each kind holds the template of its pods. */
const KINDS: Readonly<Record<string, (template: object) => Tree>> = {
  'core/v1:Pod': (template) => ({ ...template }),
  'core/v1:PodTemplate': (template) => ({ template }),
  'core/v1:ReplicationController': (template) => ({ spec: { template } }),
  'apps/v1:ReplicaSet': (template) => ({ spec: { template } }),
  'apps/v1:Deployment': (template) => ({ spec: { template } }),
  'apps/v1:StatefulSet': (template) => ({ spec: { template } }),
  'apps/v1:DaemonSet': (template) => ({ spec: { template } }),
  'apps/v1:DeploymentList': (template) => ({ items: [{ spec: { template } }] }),
  'batch/v1:Job': (template) => ({ spec: { template } }),
  'batch/v1:CronJob': (template) => ({ spec: { jobTemplate: { spec: { template } } } }),
};

test.each(Object.entries(KINDS))('the pods of a %s are held to every rule about pods', (kind, holding) => {
  expect(broken(kind, holding(podWith({})))).toEqual([]);
  const found = broken(kind, holding(podWith({ pod: { hostPID: true }, own: { image: 'x:1', resources: {} } })));
  expect(new Set(found.map(({ rule }) => rule))).toEqual(new Set(['image-by-digest', 'sized', 'restricted']));
});

/** What the standard refuses, in its order: https://kubernetes.io/docs/concepts/security/pod-security-standards. */
const REFUSED: readonly (readonly [string, Readonly<Record<string, Tree>>, string])[] = [
  ['HostProcess', { podContext: { windowsOptions: { hostProcess: true } } }, 'windowsOptions.hostProcess is true'],
  ['HostProcess', { ownContext: { windowsOptions: { hostProcess: true } } }, 'windowsOptions.hostProcess is true'],
  ['host namespaces', { pod: { hostNetwork: true } }, 'hostNetwork is true'],
  ['host namespaces', { pod: { hostPID: true } }, 'hostPID is true'],
  ['host namespaces', { pod: { hostIPC: true } }, 'hostIPC is true'],
  ['privileged containers', { ownContext: { privileged: true } }, 'privileged is true'],
  ['host ports', { own: { ports: [{ containerPort: 80 }, { hostPort: 80 }] } }, 'ports.hostPort is 80'],
  ['host probes', { own: { livenessProbe: { httpGet: { host: '10.0.0.1' } } } }, 'livenessProbe.httpGet.host is "10.0.0.1"'],
  ['host probes', { own: { readinessProbe: { tcpSocket: { host: 'x' } } } }, 'readinessProbe.tcpSocket.host is "x"'],
  ['host probes', { own: { startupProbe: { httpGet: { host: 'x' } } } }, 'startupProbe.httpGet.host is "x"'],
  ['lifecycle hooks', { own: { lifecycle: { preStop: { httpGet: { host: 'x' } } } } }, 'lifecycle.preStop.httpGet.host is "x"'],
  ['lifecycle hooks', { own: { lifecycle: { postStart: { tcpSocket: { host: 'x' } } } } }, 'lifecycle.postStart.tcpSocket.host'],
  ['AppArmor', { podContext: { appArmorProfile: { type: 'Unconfined' } } }, 'appArmorProfile.type is "Unconfined"'],
  ['AppArmor', { ownContext: { appArmorProfile: { type: 'Unconfined' } } }, 'appArmorProfile.type is "Unconfined"'],
  [
    'AppArmor',
    { annotations: { 'container.apparmor.security.beta.kubernetes.io/app': 'unconfined' } },
    'annotation container.apparmor.security.beta.kubernetes.io/app is "unconfined"',
  ],
  ['SELinux', { podContext: { seLinuxOptions: { type: 'spc_t' } } }, 'seLinuxOptions.type is "spc_t"'],
  ['SELinux', { ownContext: { seLinuxOptions: { user: 'system_u' } } }, 'seLinuxOptions.user is "system_u"'],
  ['SELinux', { ownContext: { seLinuxOptions: { role: 'sysadm_r' } } }, 'seLinuxOptions.role is "sysadm_r"'],
  ['the /proc mount type', { ownContext: { procMount: 'Unmasked' } }, 'procMount is "Unmasked"'],
  ['sysctls', { podContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }, 'sysctls.name is "kernel.msgmax"'],
  ['volume types', { pod: { volumes: [{ name: 'root', hostPath: { path: '/' } }] } }, 'volume root is a hostPath'],
  ['volume types', { pod: { volumes: [{ name: 'share', nfs: { server: 'x' } }] } }, 'volume share is a nfs'],
  ['privilege escalation', { ownContext: { allowPrivilegeEscalation: undefined } }, 'allowPrivilegeEscalation is missing'],
  ['running as non-root', { podContext: { runAsNonRoot: undefined } }, 'runAsNonRoot is missing, and in its pod too'],
  ['running as non-root', { ownContext: { runAsNonRoot: false } }, 'runAsNonRoot is false'],
  [
    'running as non-root, overridden below',
    { podContext: { runAsNonRoot: false }, ownContext: { runAsNonRoot: true } },
    'runAsNonRoot is false',
  ],
  ['running as non-root user', { podContext: { runAsUser: 0 } }, 'runAsUser is 0'],
  ['running as non-root user', { ownContext: { runAsUser: 0 } }, 'runAsUser is 0'],
  ['seccomp', { podContext: { seccompProfile: undefined } }, 'seccompProfile.type is missing, and in its pod too'],
  ['seccomp', { ownContext: { seccompProfile: { type: 'Unconfined' } } }, 'seccompProfile.type is "Unconfined"'],
  [
    'seccomp, overridden below',
    { podContext: { seccompProfile: { type: 'Unconfined' } }, ownContext: { seccompProfile: { type: 'RuntimeDefault' } } },
    'seccompProfile.type is "Unconfined"',
  ],
  ['capabilities', { ownContext: { capabilities: { drop: ['NET_RAW'] } } }, 'capabilities.drop is ["NET_RAW"]: drop ALL'],
  ['capabilities', { ownContext: { capabilities: { drop: ['ALL'], add: ['SYS_TIME'] } } }, 'capabilities.add is "SYS_TIME"'],
];

describe('the standard "restricted"', () => {
  test.each(REFUSED)('refuses by %s: %j', (_, change, message) => {
    expect(broken('core/v1:Pod', podWith(change))).toEqual([
      expect.objectContaining({ rule: 'restricted', message: expect.stringContaining(message) }),
    ]);
  });

  test('takes all that it allows', () => {
    const hooks = { livenessProbe: { httpGet: { path: '/', port: 80 } }, lifecycle: { preStop: { sleep: { seconds: 1 } } } };
    const change = {
      pod: { hostNetwork: false, volumes: [{ name: 'none' }, { name: 'tmp', emptyDir: {} }, { name: 'no', hostPath: null }] },
      podContext: {
        runAsUser: 65532,
        appArmorProfile: { type: 'Localhost' },
        seLinuxOptions: { type: 'container_t', level: 's0:c1' },
        sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
      },
      own: { ...hooks, ports: [{ containerPort: 80, hostPort: 0 }] },
      ownContext: { procMount: 'Default', capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } },
      annotations: { 'container.apparmor.security.beta.kubernetes.io/app': 'localhost/mine' },
    };
    expect(broken('core/v1:Pod', podWith(change))).toEqual([]);
  });

  test('asks a pod for Windows for nothing that Windows does not know', () => {
    const change = {
      pod: { os: { name: 'windows' } },
      podContext: { seccompProfile: undefined },
      ownContext: { allowPrivilegeEscalation: undefined, capabilities: undefined },
    };
    expect(broken('core/v1:Pod', podWith(change))).toEqual([]);
    expect(broken('core/v1:Pod', podWith({ ...change, pod: { os: { name: UNKNOWN } } }))).toEqual([]);
    expect(broken('core/v1:Pod', podWith({ ...change, pod: {} })).length).toBe(3);
  });
});
