import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { CONTROLLER, HEALTH_PORT, labels, type Part, selectorLabels, WEBHOOK } from './names.ts';

export interface MonitoringArgs {
  /** Namespace of orcon itself. */
  readonly namespace: pulumi.Input<string>;
}

/** The name of the port by which the ServiceMonitor tells these Services from the webhook's. */
const PORT = 'metrics';

/**
 * What the Prometheus operator takes to find the metrics of every replica: a Service without an address before each app, and a
 * ServiceMonitor. The operator's CRDs have to be in the cluster, else creating the latter fails after a minute of attempts.
 */
export class Monitoring extends pulumi.ComponentResource {
  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super('orcon:index:Monitoring', name, {}, opts);
    this.#service(`${name}-webhook`, 'webhook', WEBHOOK, args);
    this.#service(`${name}-controller`, 'controller', CONTROLLER, args);
    new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'ServiceMonitor',
        metadata: { name: 'orcon', namespace: args.namespace, labels: { 'app.kubernetes.io/part-of': 'orcon' } },
        spec: { selector: { matchLabels: { 'app.kubernetes.io/part-of': 'orcon' } }, endpoints: [{ port: PORT }] },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }

  #service(name: string, part: Part, app: string, { namespace }: MonitoringArgs): void {
    new k8s.core.v1.Service(
      name,
      {
        metadata: { name: `${app}-metrics`, namespace, labels: labels(part) },
        spec: {
          clusterIP: 'None',
          // A replica that is not ready is the one to look at.
          publishNotReadyAddresses: true,
          selector: selectorLabels(part),
          ports: [{ name: PORT, port: HEALTH_PORT, targetPort: 'health' }],
        },
      },
      { parent: this },
    );
  }
}
