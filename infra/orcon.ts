import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Access } from './access.ts';
import { Admission, type AdmissionArgs } from './admission.ts';
import type { AppSettings, Resources } from './app.ts';
import { Certificates, type CertificatesArgs } from './certificates.ts';
import { Controller } from './controller.ts';
import type { GateArgs } from './gate.ts';
import type { GivenCertificate } from './given-certificate.ts';
import { Guard } from './guard.ts';
import { type GivenImages, Images, type ImagesArgs } from './images.ts';
import { type Marks, marking } from './marks.ts';
import { Monitoring } from './monitoring.ts';
import { INSTANCE_LABEL, WEBHOOK } from './names.ts';
import { Network, type NetworkArgs } from './network.ts';
import { Webhook } from './webhook.ts';

export interface OrconArgs {
  /** Namespace of orcon itself. */
  readonly namespace: pulumi.Input<string>;
  /** Whether to create that namespace; one that is given should enforce Pod Security `restricted`. */
  readonly createNamespace: boolean;
  /** Name of this instance, where several are in one cluster, each with a namespace of its own and its own `namespaces`. */
  readonly instance?: string;
  /** Namespaces that orcon looks after, among those opted in; empty for all. No other instance may look after the same. */
  readonly namespaces: readonly string[];
  /** What the images are built from and where they go; or images that are there already, then nothing is built. */
  readonly images: Omit<ImagesArgs, 'gate'> | GivenImages;
  /** What holds the pods. Without an image of your own, `hold: container` builds the gate and `hold: kubelet` needs none. */
  readonly gate: Omit<GateArgs, 'hold'> & { readonly hold: 'container' | 'kubelet' };
  /** How the webhook's certificate is issued; or one that somebody else keeps current, then none is. */
  readonly certificates: Omit<CertificatesArgs, 'service' | 'namespace'> | GivenCertificate;
  /** What the API server does while no webhook answers, and how long it waits for one. */
  readonly admission: Pick<AdmissionArgs, 'failurePolicy' | 'timeoutSeconds'>;
  /** Port on which the webhook's pods listen, 1024 or above. */
  readonly webhookPort: pulumi.Input<number>;
  /** Lowest TLS version that the webhook speaks: `TLSv1.3` or `TLSv1.2`. */
  readonly tlsMinVersion: pulumi.Input<string>;
  /** How many workloads the controller rolls at a time. */
  readonly maxRolls: pulumi.Input<number>;
  /** Deployments of webhook and controller alike. */
  readonly app: AppSettings;
  /** What a pod of each asks for. */
  readonly resources: { readonly webhook: Resources; readonly controller: Resources };
  /** Whether the Prometheus operator is told of the metrics. */
  readonly serviceMonitors: boolean;
  /** Labels and annotations for all objects, beside their own. */
  readonly marks?: Marks;
  /** Ports of the API server for NetworkPolicies; undefined for no NetworkPolicies. */
  readonly networkPolicies?: Pick<NetworkArgs, 'apiServerPorts'>;
}

/** Images by digest; `gate` is undefined where no gate container is used. */
export interface ImageDigests {
  /** `<repository>@sha256:…` */
  readonly webhook: pulumi.Output<string>;
  /** Likewise. */
  readonly controller: pulumi.Output<string>;
  /** Likewise. */
  readonly gate: pulumi.Output<string> | undefined;
}

/**
 * Orcon as a whole on one cluster. Give it the providers to use: `{ providers: [kubernetes, tls, docker] }`, the first with
 * `enableSecretMutable` and `enableConfigMapMutable`, else a new certificate takes the webhook down while it is exchanged.
 */
export class Orcon extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;
  readonly images: ImageDigests;
  /** When the webhook's certificate and the authority that signed it end, RFC 3339; undefined for a given one. */
  readonly certificateExpires: pulumi.Output<string> | undefined;
  readonly authorityExpires: pulumi.Output<string> | undefined;

  constructor(name: string, args: OrconArgs, opts?: pulumi.ComponentResourceOptions) {
    super('orcon:index:Orcon', name, {}, pulumi.mergeOptions(opts, { transformations: [marking(marksOf(args))] }));
    const { instance, namespaces, webhookPort } = args;
    refuseOverlap(name, args);
    const inside = { parent: this };

    const namespace = this.#namespace(name, args);
    const images = this.#images(name, args);
    const certificates = this.#certificates(name, args, namespace);
    const gate = { ...args.gate, image: images.gate };
    const guard = new Guard(`${name}-guard`, { namespace, instance, gate }, inside);
    const access = new Access(`${name}-access`, { namespace, instance, namespaces }, inside);
    if (args.serviceMonitors) new Monitoring(`${name}-monitoring`, { namespace }, inside);
    if (args.networkPolicies) new Network(`${name}-network`, { namespace, webhookPort, ...args.networkPolicies }, inside);

    const webhook = new Webhook(
      `${name}-webhook`,
      {
        namespace,
        image: images.webhook,
        account: access.webhookAccount,
        certificate: certificates,
        port: webhookPort,
        tlsMinVersion: args.tlsMinVersion,
        gate,
        resources: args.resources.webhook,
        app: args.app,
      },
      inside,
    );
    new Controller(
      `${name}-controller`,
      {
        namespace,
        image: images.controller,
        account: access.controllerAccount,
        guard,
        namespaces,
        maxRolls: args.maxRolls,
        resources: args.resources.controller,
        app: args.app,
      },
      inside,
    );
    new Admission(
      `${name}-admission`,
      {
        ...args.admission,
        namespace,
        service: webhook.service.metadata.name,
        server: [webhook.deployment, webhook.service],
        authority: certificates,
        instance,
        namespaces,
      },
      inside,
    );

    this.namespace = namespace;
    this.images = {
      webhook: pulumi.output(images.webhook),
      controller: pulumi.output(images.controller),
      gate: images.gate === undefined ? undefined : pulumi.output(images.gate),
    };
    if (certificates instanceof Certificates) {
      this.certificateExpires = certificates.expires;
      this.authorityExpires = certificates.authorityExpires;
    }
    this.registerOutputs({ namespace, certificateExpires: this.certificateExpires, authorityExpires: this.authorityExpires });
  }

  /** The name of the namespace, once it is there. */
  #namespace(name: string, args: OrconArgs): pulumi.Output<string> {
    if (!args.createNamespace) return pulumi.output(args.namespace);
    const restricted = {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/enforce-version': 'latest',
    };
    return new k8s.core.v1.Namespace(
      `${name}-namespace`,
      { metadata: { name: args.namespace, labels: { 'app.kubernetes.io/part-of': 'orcon', ...restricted } } },
      { parent: this },
    ).metadata.name;
  }

  /** The images to run; `gate` only where there is to be a gate container. */
  #images(name: string, { images: source, gate }: OrconArgs): GivenImages {
    const needsGate = gate.hold === 'container' && gate.image === undefined;
    const images = 'registry' in source ? new Images(`${name}-images`, { ...source, gate: needsGate }, { parent: this }) : source;
    if (needsGate && images.gate === undefined) {
      throw new pulumi.RunError(
        `${name}: hold is container, and there is no image for the gate: give one, or hold by the kubelet.`,
      );
    }
    return { webhook: images.webhook, controller: images.controller, gate: needsGate ? images.gate : gate.image };
  }

  #certificates(name: string, { certificates }: OrconArgs, namespace: pulumi.Output<string>): Certificates | GivenCertificate {
    if ('secret' in certificates) return certificates;
    return new Certificates(`${name}-tls`, { ...certificates, service: WEBHOOK, namespace }, { parent: this });
  }
}

function refuseOverlap(name: string, { instance, namespaces }: OrconArgs): void {
  if (instance === undefined || namespaces.length > 0) return;
  throw new pulumi.RunError(`${name}: instance "${instance}" would look after the namespaces of all others too; list its own.`);
}

/** Asked for, and the instance's name, by which its objects are found. */
const marksOf = ({ marks = {}, instance }: OrconArgs): Marks =>
  instance === undefined ? marks : { ...marks, labels: { ...marks.labels, [INSTANCE_LABEL]: instance } };
