import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { type AppSettings, appDeployment, disruptionBudget, type Resources, ROLLOUT_TIMEOUT } from './app.ts';
import { type GateArgs, gateConfiguration } from './gate.ts';
import { type GivenCertificate, TLS_SECRET_FILES } from './given-certificate.ts';
import {
  CERTIFICATE_FILE,
  CERTIFICATE_SECRET,
  GATE_FILE,
  HEALTH_PORT,
  KEY_FILE,
  labels,
  SERVICE_PORT,
  selectorLabels,
  WEBHOOK,
} from './names.ts';

/** A certificate and its private key, PEM. */
export interface IssuedCertificate {
  /** The certificate, and those between it and its authority, if any. */
  readonly certificate: pulumi.Input<string>;
  /** Its private key, taken as a secret. */
  readonly privateKey: pulumi.Input<string>;
}

export interface WebhookArgs {
  /** Namespace of orcon itself. */
  readonly namespace: pulumi.Input<string>;
  /** Image by digest. */
  readonly image: pulumi.Input<string>;
  /** Name of the ServiceAccount. */
  readonly account: pulumi.Input<string>;
  /** Port on which the pods listen, 1024 or above. */
  readonly port: pulumi.Input<number>;
  /** Lowest TLS version that it speaks: `TLSv1.3` or `TLSv1.2`. */
  readonly tlsMinVersion: pulumi.Input<string>;
  /** Certificate for the Service and its private key, PEM; or the Secret that holds them. */
  readonly certificate: IssuedCertificate | Pick<GivenCertificate, 'secret'>;
  /** What the webhook puts into pods to hold them. */
  readonly gate: GateArgs;
  /** What a pod asks for, and what is too much. */
  readonly resources: Resources;
  /** What it has in common with the controller. */
  readonly app: AppSettings;
}

const CERTIFICATE_FOLDER = '/etc/webhook/certs';
const CONFIG_FOLDER = '/etc/webhook/config';

/** From SIGTERM on the webhook answers until the API server's pooled connections are gone, 25 s at most (webhook/settings.ts). */
const GRACE_SECONDS = 40;

/**
 * A pod that is ready is reached through its Service only once every node has taken in its endpoint. The webhook configuration
 * waits for the Deployment, and with it for this: without it the first calls were refused on a busy node.
 */
const SETTLE_SECONDS = 5;

/** The admission webhook's server: its certificate, its configuration, its pods and the Service before them. */
export class Webhook extends pulumi.ComponentResource {
  readonly deployment: k8s.apps.v1.Deployment;
  readonly service: k8s.core.v1.Service;

  constructor(name: string, args: WebhookArgs, opts?: pulumi.ComponentResourceOptions) {
    super('orcon:index:Webhook', name, {}, opts);
    const metadata = { name: WEBHOOK, namespace: args.namespace, labels: labels('webhook') };

    const certificate = this.#certificate(name, args.certificate, { ...metadata, name: CERTIFICATE_SECRET });
    const configuration = new k8s.core.v1.ConfigMap(
      `${name}-config`,
      { metadata, data: { [GATE_FILE]: gateConfiguration(args.gate) } },
      { parent: this },
    );
    this.deployment = new k8s.apps.v1.Deployment(
      name,
      appDeployment({
        ...args.app,
        part: 'webhook',
        name: WEBHOOK,
        namespace: args.namespace,
        account: args.account,
        image: args.image,
        token: false,
        graceSeconds: GRACE_SECONDS,
        minReadySeconds: SETTLE_SECONDS,
        resources: args.resources,
        args: [
          `-tenguCfgFile=${CONFIG_FOLDER}/${GATE_FILE}`,
          `-tlsCertFile=${CERTIFICATE_FOLDER}/${CERTIFICATE_FILE}`,
          `-tlsKeyFile=${CERTIFICATE_FOLDER}/${KEY_FILE}`,
          pulumi.interpolate`-port=${args.port}`,
          `-healthPort=${HEALTH_PORT}`,
        ],
        env: [{ name: 'TLS_MIN_VERSION', value: args.tlsMinVersion }],
        ports: [{ name: 'https', containerPort: args.port }],
        volumes: [
          {
            volume: { name: 'certificate', secret: { ...certificate, defaultMode: 0o440 } },
            mountPath: CERTIFICATE_FOLDER,
          },
          { volume: { name: 'config', configMap: { name: configuration.metadata.name } }, mountPath: CONFIG_FOLDER },
        ],
      }),
      { parent: this, customTimeouts: ROLLOUT_TIMEOUT },
    );
    this.service = new k8s.core.v1.Service(
      name,
      {
        // Pulumi would wait for endpoints and then 10 s more; the Deployment counts as ready when its pods have served for a while.
        metadata: { ...metadata, annotations: { 'pulumi.com/skipAwait': 'true' } },
        spec: {
          selector: selectorLabels('webhook'),
          ports: [{ name: 'https', port: SERVICE_PORT, targetPort: 'https' }],
        },
      },
      { parent: this },
    );
    if (args.app.disruptionBudget) {
      new k8s.policy.v1.PodDisruptionBudget(name, disruptionBudget('webhook', WEBHOOK, args.namespace), { parent: this });
    }

    this.registerOutputs({ service: this.service.metadata.name });
  }

  /** The Secret from which the pods get certificate and key, under the names that they read. */
  #certificate(
    name: string,
    given: WebhookArgs['certificate'],
    metadata: k8s.types.input.meta.v1.ObjectMeta,
  ): k8s.types.input.core.v1.SecretVolumeSource {
    if ('secret' in given) {
      const items = [
        { key: TLS_SECRET_FILES.certificate, path: CERTIFICATE_FILE },
        { key: TLS_SECRET_FILES.key, path: KEY_FILE },
      ];
      return { secretName: given.secret, items };
    }
    const stringData = { [CERTIFICATE_FILE]: given.certificate, [KEY_FILE]: pulumi.secret(given.privateKey) };
    const secret = new k8s.core.v1.Secret(`${name}-certificate`, { metadata, stringData }, { parent: this });
    return { secretName: secret.metadata.name };
  }
}
