/** Orcon as a whole with settings that a test changes where it looks. */
import { resolve } from 'node:path';
import * as docker from '@pulumi/docker';
import * as kubernetes from '@pulumi/kubernetes';
import * as tls from '@pulumi/tls';
import { type ImageName, Orcon, type OrconArgs } from '../../infra/index.ts';

const context = (image: ImageName) => ({
  folder: resolve('dist/images', image),
  dockerfile: resolve('dist/images', image, 'Dockerfile'),
  contentHash: image.padEnd(12, '-'),
});

export const imagesToBuild = {
  contexts: { version: '1.2.3', webhook: context('webhook'), controller: context('controller'), gate: context('gate') },
  registry: 'registry.example:5000/acme',
  nodeImage: 'example/node:24',
  gateBaseImage: 'example/busybox:1',
  platform: 'linux/arm64',
};

export const settings: OrconArgs = {
  namespace: 'orcon-system',
  createNamespace: true,
  namespaces: [],
  images: imagesToBuild,
  gate: { hold: 'container', cpu: '50m', memory: '16Mi', initContainers: [] },
  certificates: {
    trusted: ['a'],
    signing: 'a',
    authorityLifetime: { validityHours: 1000, renewalHours: 100 },
    lifetime: { validityHours: 100, renewalHours: 10 },
  },
  admission: { failurePolicy: 'Fail', timeoutSeconds: 5 },
  webhookPort: 8080,
  tlsMinVersion: 'TLSv1.3',
  maxRolls: 20,
  app: { replicas: 2, disruptionBudget: true, logLevel: 'info', pullSecrets: [] },
  resources: {
    webhook: { requests: { cpu: '10m', memory: '10Mi' }, limits: { memory: '100Mi' } },
    controller: { requests: { cpu: '20m', memory: '20Mi' }, limits: { memory: '200Mi' } },
  },
  serviceMonitors: false,
  networkPolicies: { apiServerPorts: [6443] },
};

/** Registers orcon with explicit providers, as `index.ts` does. */
export function whole(changes: Partial<OrconArgs> = {}): Orcon {
  const providers = [new kubernetes.Provider('cluster'), new tls.Provider('tls'), new docker.Provider('docker', {})];
  return new Orcon('orcon', { ...settings, ...changes }, { providers });
}
