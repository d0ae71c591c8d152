import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Deployed, deploy } from './deploy.ts';
import { settings, whole } from './whole.ts';

let deployed: Deployed;
beforeAll(async () => {
  deployed = await deploy(whole);
});

const podOf = (name: string) => deployed.get('Deployment', name).inputs.spec.template.spec;
const containerOf = (name: string) => podOf(name).containers[0];

/** Of a list of environment entries, name to value. */
const environment = (container: { env: { name: string; value?: unknown; valueFrom?: unknown }[] }) =>
  Object.fromEntries(container.env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));

describe.each(['orcon-webhook', 'orcon-controller'])('the pods of %s', (name) => {
  test('pass Pod Security restricted', () => {
    const { securityContext, containers, volumes } = podOf(name);
    expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(securityContext.runAsUser).toBeGreaterThan(0);
    for (const container of containers) {
      expect(container.securityContext).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });
    }
    const allowed = ['configMap', 'secret', 'emptyDir', 'projected'];
    for (const { name: _, ...source } of volumes ?? []) expect(allowed).toEqual(expect.arrayContaining(Object.keys(source)));
  });

  test('cannot write to their own files', () => {
    expect(containerOf(name).securityContext.readOnlyRootFilesystem).toBe(true);
    for (const mount of containerOf(name).volumeMounts ?? []) expect(mount.readOnly).toBe(true);
  });

  test('say what they need and what is too much', () => {
    const { webhook, controller } = settings.resources;
    expect(containerOf(name).resources).toEqual(name === 'orcon-webhook' ? webhook : controller);
  });

  test('are asked for life and readiness at a port that they open', () => {
    const { livenessProbe, readinessProbe, ports } = containerOf(name);
    expect(livenessProbe.httpGet).toEqual({ path: '/livez', port: 'health' });
    expect(readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'health' });
    expect(ports).toContainEqual({ name: 'health', containerPort: 8081 });
  });

  test('are never fewer while they roll, are spread over nodes, and leave one at a time when nodes are drained', () => {
    const { spec } = deployed.get('Deployment', name).inputs;
    expect(spec).toMatchObject({ replicas: 2, strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } });
    expect(spec.template.spec.topologySpreadConstraints).toMatchObject([{ topologyKey: 'kubernetes.io/hostname' }]);
    expect(deployed.get('PodDisruptionBudget', name).inputs.spec.maxUnavailable).toBe(1);
  });

  test('are found by the selectors of their Deployment, spread and PodDisruptionBudget, and by no other', () => {
    const { spec } = deployed.get('Deployment', name).inputs;
    const other = deployed.get('Deployment', name === 'orcon-webhook' ? 'orcon-controller' : 'orcon-webhook').inputs.spec;
    const selector = spec.selector.matchLabels;
    expect(spec.template.metadata.labels).toMatchObject(selector);
    expect(other.template.metadata.labels).not.toMatchObject(selector);
    expect(spec.template.spec.topologySpreadConstraints[0].labelSelector.matchLabels).toEqual(selector);
    expect(deployed.get('PodDisruptionBudget', name).inputs.spec.selector.matchLabels).toEqual(selector);
  });

  test('log as they are told', () => {
    expect(environment(containerOf(name))).toMatchObject({ LOG_LEVEL: 'info', LOG_FORMAT: 'json' });
  });
});

describe('the webhook', () => {
  test('has no token and no rights', () => {
    expect(podOf('orcon-webhook')).toMatchObject({
      automountServiceAccountToken: false,
      serviceAccountName: 'relations-mutating-webhook',
    });
  });

  test('is given every file that it is told to read', () => {
    const { volumes } = podOf('orcon-webhook');
    const { args, volumeMounts } = containerOf('orcon-webhook');
    expect(args).toEqual([
      '-tenguCfgFile=/etc/webhook/config/tenguconfig.yaml',
      '-tlsCertFile=/etc/webhook/certs/cert.pem',
      '-tlsKeyFile=/etc/webhook/certs/key.pem',
      '-port=8080',
      '-healthPort=8081',
    ]);
    const mountedAt = (path: string) => {
      const { name } = volumeMounts.find(({ mountPath }: { mountPath: string }) => mountPath === path);
      return volumes.find((volume: { name: string }) => volume.name === name);
    };
    const secret = deployed.get('Secret').inputs;
    expect(mountedAt('/etc/webhook/certs').secret.secretName).toBe(secret.metadata.name);
    expect(Object.keys(secret.stringData.value).sort()).toEqual(['cert.pem', 'key.pem']);
    const config = deployed.get('ConfigMap').inputs;
    expect(mountedAt('/etc/webhook/config').configMap.name).toBe(config.metadata.name);
    expect(Object.keys(config.data)).toEqual(['tenguconfig.yaml']);
  });

  test('serves the certificate and key that were issued, which the state keeps as a secret', () => {
    const { stringData } = deployed.get('Secret').inputs;
    expect(stringData['4dabf18193072939515e22adb298388d']).toBe('1b47061264138c4ac30d75fd1eb44270');
    expect(stringData.value).toEqual({ 'cert.pem': 'certificate of orcon-tls-leaf\n', 'key.pem': 'key of orcon-tls-key\n' });
  });

  test('is reached from port 443 of its Service, for which nobody waits after its pods are ready', () => {
    const { metadata, spec } = deployed.get('Service').inputs;
    expect(metadata).toMatchObject({ name: 'relations-mutating-webhook', annotations: { 'pulumi.com/skipAwait': 'true' } });
    expect(spec.ports).toEqual([{ name: 'https', port: 443, targetPort: 'https' }]);
    expect(containerOf('orcon-webhook').ports).toContainEqual({ name: 'https', containerPort: 8080 });
    expect(deployed.get('Deployment', 'orcon-webhook').inputs.spec.selector.matchLabels).toEqual(spec.selector);
  });

  test('listens at the port that is set, where its Service, its NetworkPolicy and itself know it', async () => {
    const { get } = await deploy(() => whole({ webhookPort: 10250 }));
    const [{ args, ports }] = get('Deployment', 'orcon-webhook').inputs.spec.template.spec.containers;
    expect(args).toContain('-port=10250');
    expect(ports).toContainEqual({ name: get('Service').inputs.spec.ports[0].targetPort, containerPort: 10250 });
    const [{ ports: open }] = get('NetworkPolicy', 'orcon-network-webhook').inputs.spec.ingress;
    expect(open.map(({ port }: { port: number }) => port)).toEqual([10250, 8081]);
  });

  test('speaks no TLS version below the one that is set', async () => {
    expect(environment(containerOf('orcon-webhook'))).toMatchObject({ TLS_MIN_VERSION: 'TLSv1.3' });
    const { get } = await deploy(() => whole({ tlsMinVersion: 'TLSv1.2' }));
    const [container] = get('Deployment', 'orcon-webhook').inputs.spec.template.spec.containers;
    expect(environment(container)).toMatchObject({ TLS_MIN_VERSION: 'TLSv1.2' });
  });

  test('has more time to end than it takes to let the API server go, 25 s', () => {
    expect(podOf('orcon-webhook').terminationGracePeriodSeconds).toBeGreaterThanOrEqual(35);
  });
});

describe('the controller', () => {
  test('has a token of the account that holds its rights', () => {
    expect(podOf('orcon-controller')).toMatchObject({
      automountServiceAccountToken: true,
      serviceAccountName: 'tengu-controllers',
    });
  });

  test('knows who and where it is, for its Lease, and what it looks after', async () => {
    expect(environment(containerOf('orcon-controller'))).toMatchObject({
      POD_NAME: { fieldRef: { fieldPath: 'metadata.name' } },
      POD_NAMESPACE: { fieldRef: { fieldPath: 'metadata.namespace' } },
      NAMESPACES: '',
      MAX_ROLLS: '20',
      HEALTH_PORT: '8081',
    });
    const narrowed = await deploy(() => whole({ namespaces: ['shop', 'bank'], maxRolls: 3 }));
    const { containers } = narrowed.get('Deployment', 'orcon-controller').inputs.spec.template.spec;
    expect(environment(containers[0])).toMatchObject({ NAMESPACES: 'shop,bank', MAX_ROLLS: '3' });
  });
});

test('priority class, pull secrets and the choice of nodes come from the settings', async () => {
  const nodes = { nodeSelector: { disk: 'ssd' }, tolerations: [{ key: 'dedicated', operator: 'Exists' }] };
  const app = { ...settings.app, ...nodes, priorityClass: 'urgent', pullSecrets: ['pull'] };
  const { get } = await deploy(() => whole({ app }));
  for (const name of ['orcon-webhook', 'orcon-controller']) {
    expect(get('Deployment', name).inputs.spec.template.spec).toMatchObject({
      priorityClassName: 'urgent',
      imagePullSecrets: [{ name: 'pull' }],
      ...nodes,
    });
  }
  const without = podOf('orcon-webhook');
  for (const field of ['priorityClassName', 'imagePullSecrets', 'nodeSelector', 'tolerations']) {
    expect(without).not.toHaveProperty(field);
  }
});

test('the webhook counts as there only when its endpoints have had time to spread, because its configuration waits for it', () => {
  expect(deployed.get('Deployment', 'orcon-webhook').inputs.spec.minReadySeconds).toBe(5);
});

test('NetworkPolicies let callers in by port, the webhook nowhere out, and the controller to the API server and DNS', () => {
  const webhook = deployed.get('NetworkPolicy', 'orcon-network-webhook').inputs.spec;
  expect(webhook.policyTypes).toEqual(['Ingress', 'Egress']);
  expect(webhook.ingress).toEqual([
    {
      ports: [
        { protocol: 'TCP', port: 8080 },
        { protocol: 'TCP', port: 8081 },
      ],
    },
  ]);
  expect(webhook.egress).toBeUndefined();
  const controller = deployed.get('NetworkPolicy', 'orcon-network-controller').inputs.spec;
  expect(controller.ingress).toEqual([{ ports: [{ protocol: 'TCP', port: 8081 }] }]);
  expect(controller.egress).toEqual([
    {
      ports: [
        { protocol: 'TCP', port: 6443 },
        { protocol: 'TCP', port: 53 },
        { protocol: 'UDP', port: 53 },
      ],
    },
  ]);
});
