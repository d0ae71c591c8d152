/** The names that objects of orcon bear in the cluster: manifests, dashboards and runbooks of the prototype know them. */

/** Webhook Deployment, Service, ConfigMap, ServiceAccount, PodDisruptionBudget and MutatingWebhookConfiguration. */
export const WEBHOOK = 'relations-mutating-webhook';
/** Controller Deployment, PodDisruptionBudget and Lease. */
export const CONTROLLER = 'relations-controller';
/** ServiceAccount, roles and bindings of the controller. */
export const CONTROLLER_ACCOUNT = 'tengu-controllers';
/** Secret with the webhook's certificate and key. */
export const CERTIFICATE_SECRET = 'tengu-controllers-certs';
/** Name of the gate container in the pods that are held. */
export const GATE_CONTAINER = 'tengu-gate';

/** Keys of the Secret and of the ConfigMap, which are the files that the webhook reads. */
export const CERTIFICATE_FILE = 'cert.pem';
export const KEY_FILE = 'key.pem';
export const GATE_FILE = 'tenguconfig.yaml';

/** Where the API server reaches the webhook: port of the Service, path of the URL. */
export const SERVICE_PORT = 443;
export const WEBHOOK_PATH = '/mutate';
/** Plain HTTP with `/livez`, `/readyz` and `/metrics`, of both apps. */
export const HEALTH_PORT = 8081;

/** Namespaces that no webhook of ours ever looks at. */
export const SYSTEM_NAMESPACES: readonly string[] = ['kube-system', 'kube-public'];

/** Bears the name of the instance, where several are in one cluster. */
export const INSTANCE_LABEL = 'app.kubernetes.io/instance';

/**
 * The name of an object outside the namespace of orcon itself. Where several instances are in one cluster they would meet
 * there, so each adds its own name.
 */
export const sharedName = (name: string, instance: string | undefined): string =>
  instance === undefined ? name : `${name}-${instance}`;

/** The parts of orcon that run in pods. */
export type Part = 'webhook' | 'controller';

/** What selects the pods of one part: it can never change on a Deployment, so it holds nothing that does. */
export const selectorLabels = (part: Part): Record<string, string> => ({
  'app.kubernetes.io/name': 'orcon',
  'app.kubernetes.io/component': part,
});

/** The same as a list takes it. */
export const podSelector = (part: Part): string =>
  Object.entries(selectorLabels(part))
    .map((label) => label.join('='))
    .join(',');

/** What a list takes to find every object of orcon, whatever it is. */
export const PART_OF_ORCON = 'app.kubernetes.io/part-of=orcon';

/** The recommended labels of Kubernetes for an object of one part. */
export const labels = (part: Part): Record<string, string> => ({
  ...selectorLabels(part),
  'app.kubernetes.io/part-of': 'orcon',
  'app.kubernetes.io/managed-by': 'pulumi',
});
