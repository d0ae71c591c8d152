import { beforeAll, describe, expect, test } from '@jest/globals';
import type { OrconArgs } from '../../infra/index.ts';
import { type Deployed, deploy } from './deploy.ts';
import { settings, whole } from './whole.ts';

const short = (type: string) => type.split(':').at(-1);
const listing = ({ resources }: Deployed) => resources.map(({ type, name }) => `${short(type)} ${name}`).sort();

describe('orcon as a whole', () => {
  let deployed: Deployed;
  beforeAll(async () => {
    deployed = await deploy(whole);
  });

  test('consists of exactly these resources', () => {
    expect(listing(deployed)).toEqual(
      [
        'kubernetes cluster',
        'tls tls',
        'docker docker',
        'Orcon orcon',
        'Namespace orcon-namespace',
        'Images orcon-images',
        'Image orcon-images-webhook',
        'Image orcon-images-controller',
        'Image orcon-images-gate',
        'Certificates orcon-tls',
        'PrivateKey orcon-tls-ca-a-key',
        'SelfSignedCert orcon-tls-ca-a',
        'PrivateKey orcon-tls-key',
        'CertRequest orcon-tls-request',
        'LocallySignedCert orcon-tls-leaf',
        'Access orcon-access',
        'ServiceAccount orcon-access-webhook',
        'ServiceAccount orcon-access-controller',
        'ClusterRole orcon-access-controller',
        'ClusterRoleBinding orcon-access-controller',
        'Role orcon-access-controller-lease',
        'RoleBinding orcon-access-controller-lease',
        'Guard orcon-guard',
        ...['workloads', 'pods', 'configmaps', 'events'].flatMap((kind) => [
          `ValidatingAdmissionPolicy orcon-guard-${kind}`,
          `ValidatingAdmissionPolicyBinding orcon-guard-${kind}`,
        ]),
        'Network orcon-network',
        'NetworkPolicy orcon-network-webhook',
        'NetworkPolicy orcon-network-controller',
        'Webhook orcon-webhook',
        'Secret orcon-webhook-certificate',
        'ConfigMap orcon-webhook-config',
        'Deployment orcon-webhook',
        'Service orcon-webhook',
        'PodDisruptionBudget orcon-webhook',
        'Controller orcon-controller',
        'Deployment orcon-controller',
        'PodDisruptionBudget orcon-controller',
        'Admission orcon-admission',
        'MutatingWebhookConfiguration orcon-admission',
      ].sort(),
    );
  });

  test('is previewed with the same resources while nothing is known of what providers compute', async () => {
    expect(listing(await deploy(whole, { preview: true }))).toEqual(listing(deployed));
  });

  test('leaves no resource to a default provider', () => {
    const families = { kubernetes: 'cluster', tls: 'tls', docker: 'docker' };
    for (const { type, name, custom, provider } of deployed.resources) {
      const family = Object.entries(families).find(([prefix]) => type.startsWith(`${prefix}:`))?.[1];
      if (custom && family !== undefined) expect([name, provider]).toEqual([name, family]);
    }
  });

  test('gives every resource but the providers a parent, named as the beginning of its own name', () => {
    for (const { type, name, parent } of deployed.resources) {
      if (type.startsWith('pulumi:providers:') || name === 'orcon') continue;
      expect(parent).not.toBe('');
      expect(name.startsWith(parent)).toBe(true);
    }
  });

  test('has every component say when it is complete', () => {
    const components = deployed.resources.filter(({ custom }) => !custom).map(({ name }) => name);
    expect([...deployed.completed].sort()).toEqual(components.sort());
  });

  test('tells the API server of the webhook only when its pods serve and its Service is there, so that it goes first again', () => {
    expect(deployed.get('MutatingWebhookConfiguration').dependencies).toEqual(
      expect.arrayContaining(['Deployment orcon-webhook', 'Service orcon-webhook']),
    );
  });

  test('starts the controller only when its rights and their limits are in force', () => {
    expect(deployed.get('Deployment', 'orcon-controller').dependencies).toEqual(
      expect.arrayContaining([
        'ClusterRoleBinding orcon-access-controller',
        'RoleBinding orcon-access-controller-lease',
        'ValidatingAdmissionPolicyBinding orcon-guard-workloads',
        'ValidatingAdmissionPolicyBinding orcon-guard-configmaps',
      ]),
    );
  });

  test('names webhook Service, certificate and client configuration alike', () => {
    const service = deployed.get('Service').inputs.metadata;
    const [webhook] = deployed.get('MutatingWebhookConfiguration').inputs.webhooks;
    expect(webhook.clientConfig.service).toMatchObject({ name: service.name, namespace: service.namespace });
    expect(deployed.get('CertRequest').inputs.dnsNames).toContain(`${service.name}.${service.namespace}.svc`);
  });

  test('runs each app from its own image, by digest', () => {
    const image = (name: string) => deployed.get('Deployment', name).inputs.spec.template.spec.containers[0].image;
    expect(image('orcon-webhook')).toBe('digest of orcon-images-webhook');
    expect(image('orcon-controller')).toBe('digest of orcon-images-controller');
  });

  test('makes its namespace enforce Pod Security restricted', () => {
    expect(deployed.get('Namespace').inputs.metadata).toMatchObject({
      name: 'orcon-system',
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    });
  });
});

describe('by setting', () => {
  const names = async (changes: Partial<OrconArgs>) => listing(await deploy(() => whole(changes)));

  test('a namespace that is given is not created, and everything goes there', async () => {
    const deployed = await deploy(() => whole({ createNamespace: false, namespace: 'given' }));
    expect(listing(deployed)).not.toContain('Namespace orcon-namespace');
    const places = deployed.resources.map(({ inputs }) => inputs?.metadata?.namespace).filter((place) => place !== undefined);
    expect(new Set(places)).toEqual(new Set(['given']));
  });

  test('no NetworkPolicies are made', async () => {
    expect((await names({ networkPolicies: undefined })).filter((one) => one.startsWith('Network'))).toEqual([]);
  });

  test('no PodDisruptionBudgets are made', async () => {
    const found = await names({ app: { ...settings.app, disruptionBudget: false } });
    expect(found.filter((one) => one.startsWith('PodDisruptionBudget'))).toEqual([]);
  });

  test('the Prometheus operator is told of the metrics of every replica, and of nothing else', async () => {
    const deployed = await deploy(() => whole({ serviceMonitors: true }));
    const monitor = deployed.get('ServiceMonitor').inputs;
    expect(monitor).toMatchObject({ apiVersion: 'monitoring.coreos.com/v1', metadata: { namespace: 'orcon-system' } });
    const services = deployed.resources
      .filter(({ type }) => type.endsWith(':Service'))
      .map(({ inputs }) => inputs)
      .filter(({ metadata }) => metadata.labels['app.kubernetes.io/part-of'] === 'orcon')
      .filter(({ spec }) => spec.ports.some(({ name }: { name: string }) => name === monitor.spec.endpoints[0].port));
    expect(monitor.spec.selector.matchLabels).toEqual({ 'app.kubernetes.io/part-of': 'orcon' });
    expect(services.map(({ spec }) => spec.selector['app.kubernetes.io/component'])).toEqual(['webhook', 'controller']);
    for (const { spec } of services) {
      expect(spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
      expect(spec.ports).toEqual([{ name: 'metrics', port: 8081, targetPort: 'health' }]);
    }
  });

  test('a given certificate is served under the names that the webhook reads, and none is issued', async () => {
    const deployed = await deploy(() => whole({ certificates: { secret: 'given', injectCaFrom: 'orcon-system/hook' } }));
    expect(deployed.resources.filter(({ type }) => type.startsWith('tls:'))).toEqual([]);
    expect(listing(deployed)).not.toContain('Secret orcon-webhook-certificate');
    const { volumes, containers } = deployed.get('Deployment', 'orcon-webhook').inputs.spec.template.spec;
    const [{ secret }] = volumes.filter(({ name }: { name: string }) => name === 'certificate');
    expect(secret).toMatchObject({ secretName: 'given', items: [{ key: 'tls.crt' }, { key: 'tls.key' }] });
    for (const { path } of secret.items) {
      expect(containers[0].args).toContainEqual(expect.stringMatching(new RegExp(`^-tls\\w+File=/etc/webhook/certs/${path}$`)));
    }
  });

  test('the kubelet alone holds, and no gate image is built', async () => {
    expect(await names({ gate: { ...settings.gate, hold: 'kubelet' } })).not.toContain('Image orcon-images-gate');
  });

  test('given images are run, and none is built', async () => {
    const images = {
      webhook: 'example/webhook@sha256:1',
      controller: 'example/controller@sha256:2',
      gate: 'example/gate@sha256:3',
    };
    const deployed = await deploy(() => whole({ images }));
    expect(listing(deployed).filter((one) => one.startsWith('Image'))).toEqual([]);
    const image = (name: string) => deployed.get('Deployment', name).inputs.spec.template.spec.containers[0].image;
    expect(image('orcon-webhook')).toBe(images.webhook);
    expect(image('orcon-controller')).toBe(images.controller);
    expect(deployed.get('ConfigMap').inputs.data['tenguconfig.yaml']).toContain(`image: ${images.gate}`);
  });

  test('given images without one for the gate are refused where a container is to hold', async () => {
    const images = { webhook: 'example/webhook@sha256:1', controller: 'example/controller@sha256:2' };
    await expect(deploy(() => whole({ images }))).rejects.toThrow('there is no image for the gate');
    await deploy(() => whole({ images, gate: { ...settings.gate, hold: 'kubelet' } }));
  });

  test('a given gate image is used, and none is built', async () => {
    const deployed = await deploy(() => whole({ gate: { ...settings.gate, image: 'example/gate:7' } }));
    expect(listing(deployed)).not.toContain('Image orcon-images-gate');
    expect(deployed.get('ConfigMap').inputs.data['tenguconfig.yaml']).toContain('image: example/gate:7');
  });
});
