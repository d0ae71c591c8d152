import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { CONTROLLER, HEALTH_PORT, labels, selectorLabels, WEBHOOK } from './names.ts';

export interface NetworkArgs {
  /** Namespace of orcon itself. */
  readonly namespace: pulumi.Input<string>;
  /** Port on which the webhook's pods listen. */
  readonly webhookPort: pulumi.Input<number>;
  /** Ports on which the API server listens, as the pods see it after Service translation. */
  readonly apiServerPorts: readonly pulumi.Input<number>[];
}

const tcp = (port: pulumi.Input<number>) => ({ protocol: 'TCP', port });

/**
 * Who may talk to orcon's pods, by port: callers of the webhook and kubelets that probe are no pods, so no selector finds
 * them. The webhook itself calls nobody; the controller calls the API server, by the address in KUBERNETES_SERVICE_HOST. That is a
 * name in some clusters (AKS and Gardener put one there), so it may ask DNS, at 53: pods that listen elsewhere behind that Service,
 * as OpenShift's on 5353, are asked by nobody.
 */
export class Network extends pulumi.ComponentResource {
  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super('orcon:index:Network', name, {}, opts);
    new k8s.networking.v1.NetworkPolicy(
      `${name}-webhook`,
      {
        metadata: { name: WEBHOOK, namespace: args.namespace, labels: labels('webhook') },
        spec: {
          podSelector: { matchLabels: selectorLabels('webhook') },
          policyTypes: ['Ingress', 'Egress'],
          ingress: [{ ports: [tcp(args.webhookPort), tcp(HEALTH_PORT)] }],
        },
      },
      { parent: this },
    );
    new k8s.networking.v1.NetworkPolicy(
      `${name}-controller`,
      {
        metadata: { name: CONTROLLER, namespace: args.namespace, labels: labels('controller') },
        spec: {
          podSelector: { matchLabels: selectorLabels('controller') },
          policyTypes: ['Ingress', 'Egress'],
          ingress: [{ ports: [tcp(HEALTH_PORT)] }],
          egress: [{ ports: [...args.apiServerPorts.map(tcp), tcp(53), { protocol: 'UDP', port: 53 }] }],
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
