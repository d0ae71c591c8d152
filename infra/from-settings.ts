import type { ImageContexts } from './contexts.ts';
import type { GivenCertificate } from './given-certificate.ts';
import type { ImagesArgs } from './images.ts';
import { describeKey, type KeyName, keyNames, schema, type Values } from './keys.ts';
import type { OrconArgs } from './orcon.ts';

/** What the settings of a stack make of the component's arguments. Without contexts no image is built. */
export function orconArgs(settings: Values, contexts: ImageContexts | undefined): OrconArgs {
  const images = contexts === undefined ? givenImages(settings) : imagesToBuild(settings, contexts);
  return { ...besideImages(settings), images };
}

function besideImages(settings: Values): Omit<OrconArgs, 'images'> {
  return {
    namespace: settings.namespace,
    createNamespace: settings.createNamespace,
    instance: settings.instance,
    namespaces: settings.namespaces,
    gate: {
      hold: settings.hold,
      image: settings.gateImage,
      cpu: settings.gateCpu,
      memory: settings.gateMemory,
      initContainers: settings.initContainers,
    },
    certificates: givenCertificate(settings) ?? {
      trusted: settings.trustedAuthorities,
      signing: settings.signingAuthority,
      authorityLifetime: { validityHours: settings.authorityHours, renewalHours: settings.authorityRenewalHours },
      lifetime: { validityHours: settings.certificateHours, renewalHours: settings.certificateRenewalHours },
    },
    admission: { failurePolicy: settings.failurePolicy, timeoutSeconds: settings.webhookTimeoutSeconds },
    webhookPort: settings.webhookPort,
    tlsMinVersion: settings.tlsMinVersion,
    maxRolls: settings.maxRolls,
    app: {
      replicas: settings.replicas,
      disruptionBudget: settings.podDisruptionBudgets,
      logLevel: settings.logLevel,
      priorityClass: settings.priorityClass,
      pullSecrets: settings.pullSecrets,
      nodeSelector: settings.nodeSelector,
      tolerations: settings.tolerations,
    },
    resources: { webhook: settings.webhookResources, controller: settings.controllerResources },
    serviceMonitors: settings.serviceMonitors,
    marks: { labels: settings.labels, annotations: settings.annotations },
    ...(settings.networkPolicies && { networkPolicies: { apiServerPorts: settings.apiServerPorts } }),
  };
}

const imagesToBuild = (settings: Values, contexts: ImageContexts) => ({
  contexts,
  registry: checked('registry', settings.registry),
  ...(settings.registryUsername &&
    settings.registryPassword && {
      credentials: { username: settings.registryUsername, password: settings.registryPassword },
    }),
  nodeImage: settings.nodeImage,
  gateBaseImage: settings.gateBaseImage,
  platform: settings.platform,
});

const givenImages = ({ webhookImage, controllerImage }: Values) => ({
  webhook: checked('webhookImage', webhookImage),
  controller: checked('controllerImage', controllerImage),
});

function givenCertificate({ certificateSecret, injectCaFrom, injectCaFromSecret }: Values): GivenCertificate | undefined {
  if (certificateSecret === undefined) return undefined;
  return injectCaFrom === undefined
    ? { secret: certificateSecret, injectCaFromSecret: checked('injectCaFromSecret', injectCaFromSecret) }
    : { secret: certificateSecret, injectCaFrom };
}

/** A value without which the settings would have been refused (contradictions.ts). */
function checked<T>(key: KeyName, value: T | undefined): T {
  if (value === undefined) throw new Error(`infra/from-settings.ts: orcon:${key} is not set, and was let through.`);
  return value;
}

const unset = schema.parse(Object.fromEntries(keyNames.map((name) => [name, describeKey(name).default])));

/** What a stack gets that sets nothing (docs/configuration.md), for programs that deploy orcon themselves; images are theirs to name. */
export const defaults: Omit<OrconArgs, 'images'> = besideImages(unset);

/** Base images and platform of images that are built, unless a program names others. */
export const imageDefaults: Pick<ImagesArgs, 'nodeImage' | 'gateBaseImage' | 'platform'> = {
  nodeImage: unset.nodeImage,
  gateBaseImage: unset.gateBaseImage,
  platform: unset.platform,
};
