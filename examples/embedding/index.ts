/**
 * Two orcons in one cluster, from a program of one's own: `blue` looks after the namespace shop and holds pods by a gate container,
 * `green` looks after bank and desk and leaves it to the kubelet. The images are built once. The three namespaces have to be there,
 * labelled tengu-injector=enabled.
 *
 * orcon's components are TypeScript that Node runs as it is, which it does not below node_modules: a program imports them by
 * path, from a checkout that it lies in, as this one does, or that lies in it, with orcon's dependencies among its own.
 *
 * On the embedded cluster, in this folder: `eval "$(npm --prefix ../.. run --silent cluster:up)"`, a `kubectl create namespace` and a
 * `kubectl label namespace … tengu-injector=enabled` for each of the three, `pulumi stack select dev --create`, `pulumi up`.
 */
import * as docker from '@pulumi/docker';
import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import * as tls from '@pulumi/tls';
import { defaults, Images, imageDefaults, Orcon, writeContexts } from '../../infra/index.ts';

const config = new pulumi.Config();

// Where somebody's kubeconfig and Docker daemon are is nothing of the stack's; the SDKs would write it into the state.
delete process.env.KUBECONFIG;
delete process.env.DOCKER_HOST;

const providers = [
  new kubernetes.Provider('cluster', {
    context: config.require('context'),
    // What the webhook reads again when it changes is not to be replaced, and the webhook with it.
    enableSecretMutable: true,
    enableConfigMapMutable: true,
  }),
  new tls.Provider('tls'),
  new docker.Provider('docker', {}),
];

const images = new Images(
  'images',
  {
    ...imageDefaults,
    nodeImage: config.get('nodeImage') ?? imageDefaults.nodeImage,
    gateBaseImage: config.get('gateBaseImage') ?? imageDefaults.gateBaseImage,
    registry: config.require('registry'),
    contexts: await writeContexts(),
    gate: true,
  },
  { providers },
);

const blue = new Orcon(
  'blue',
  { ...defaults, images, instance: 'blue', namespace: 'orcon-blue', namespaces: ['shop'] },
  { providers },
);

const green = new Orcon(
  'green',
  {
    ...defaults,
    images,
    instance: 'green',
    namespace: 'orcon-green',
    namespaces: ['bank', 'desk'],
    gate: { ...defaults.gate, hold: 'kubelet' },
    marks: { labels: { team: 'finance' } },
  },
  { providers },
);

export const certificatesExpire = { blue: blue.certificateExpires, green: green.certificateExpires };
