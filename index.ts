/** The deployment of orcon: configuration in, one component, outputs. `main.js` loads it. */
import * as docker from '@pulumi/docker';
import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import * as tls from '@pulumi/tls';
import { readSettings } from './infra/config.ts';
import { Orcon } from './infra/orcon.ts';
import manifest from './package.json' with { type: 'json' };
import { PHASE } from './relations/vocabulary.ts';

const settings = readSettings(pulumi.runtime.allConfig(), pulumi.getStack());

const providers = [
  new kubernetes.Provider('cluster', {
    context: settings.context,
    kubeconfig: settings.kubeconfig,
    // The webhook reads both again when they change; replaced, they would take its Deployment with them.
    enableSecretMutable: true,
    enableConfigMapMutable: true,
  }),
  new tls.Provider('tls'),
  new docker.Provider('docker', {}),
];

const orcon = new Orcon(
  'orcon',
  {
    namespace: settings.namespace,
    createNamespace: settings.createNamespace,
    namespaces: settings.namespaces,
    images: {
      registry: settings.registry,
      ...(settings.registryUsername &&
        settings.registryPassword && {
          credentials: { username: settings.registryUsername, password: settings.registryPassword },
        }),
      nodeImage: settings.nodeImage,
      gateBaseImage: settings.gateBaseImage,
      platform: settings.platform,
      version: manifest.version,
    },
    gate: {
      hold: settings.hold,
      image: settings.gateImage,
      cpu: settings.gateCpu,
      memory: settings.gateMemory,
      initContainers: settings.initContainers,
    },
    certificates: {
      trusted: settings.trustedAuthorities,
      signing: settings.signingAuthority,
      authorityLifetime: { validityHours: settings.authorityHours, renewalHours: settings.authorityRenewalHours },
      lifetime: { validityHours: settings.certificateHours, renewalHours: settings.certificateRenewalHours },
    },
    admission: { failurePolicy: settings.failurePolicy, timeoutSeconds: settings.webhookTimeoutSeconds },
    maxRolls: settings.maxRolls,
    app: {
      replicas: settings.replicas,
      logLevel: settings.logLevel,
      priorityClass: settings.priorityClass,
      pullSecrets: settings.pullSecrets,
    },
    ...(settings.networkPolicies && { networkPolicies: { apiServerPorts: settings.apiServerPorts } }),
  },
  { providers },
);

export const namespace = orcon.namespace;
/** Images by digest. */
export const images = orcon.images;
/** When an `up` at the latest has to have made a new certificate, and a new authority. */
export const certificateExpires = orcon.certificateExpires;
export const authorityExpires = orcon.authorityExpires;
/** Lists the workloads that are held, as it changes. */
export const watch = `kubectl get configmaps --all-namespaces --selector ${PHASE}=Held --watch`;
