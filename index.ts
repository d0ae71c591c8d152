/** The deployment of orcon: configuration in, one component, outputs. `main.js` loads it. */
import * as docker from '@pulumi/docker';
import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import * as tls from '@pulumi/tls';
import { readSettings } from './infra/config.ts';
import { writeContexts } from './infra/contexts.ts';
import { orconArgs } from './infra/from-settings.ts';
import { Orcon } from './infra/orcon.ts';
import { withoutEffect } from './infra/without-effect.ts';
import { PHASE } from './relations/vocabulary.ts';

/** Names of the values that the stack's file has encrypted; the engine hands it to every program, and the SDK keeps it to itself. */
const { PULUMI_CONFIG_SECRET_KEYS: encrypted } = process.env;
const settings = readSettings(pulumi.runtime.allConfig(), pulumi.getStack(), encrypted && JSON.parse(encrypted));
for (const line of withoutEffect(settings)) await pulumi.log.warn(line);

/** Before anything is registered: an app that does not build leaves nothing half deployed. */
const contexts = settings.buildImages ? await writeContexts() : undefined;

// Where somebody's kubeconfig and Docker daemon are is nothing of the stack's: the SDKs would write it into the state, and who has
// them elsewhere, as a workflow has, would find the providers changed. The providers' own processes go by the variables as they did.
delete process.env.KUBECONFIG;
delete process.env.DOCKER_HOST;

const providers = [
  new kubernetes.Provider('cluster', {
    context: settings.context,
    kubeconfig: settings.kubeconfig,
    // The webhook reads both again when they change; replaced, they would take its Deployment with them.
    enableSecretMutable: true,
    enableConfigMapMutable: true,
  }),
  ...(settings.certificateSecret === undefined ? [new tls.Provider('tls')] : []),
  // It asks for a Docker daemon, also in a preview.
  ...(settings.buildImages ? [new docker.Provider('docker', {})] : []),
];

const orcon = new Orcon('orcon', orconArgs(settings, contexts), { providers });

export const namespace = orcon.namespace;
/** Images by digest. */
export const images = orcon.images;
/** When an `up` at the latest has to have made a new certificate, and a new authority; neither for a given one. */
export const certificateExpires = orcon.certificateExpires;
export const authorityExpires = orcon.authorityExpires;
/** Lists the workloads that are held, as it changes. */
export const watch = `kubectl get configmaps --all-namespaces --selector ${PHASE}=Held --watch`;
