import { CONTROLLER } from './names.ts';

/** A rule of a Role: plain, so that tests can hold the controller to it. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** What the controller does in the namespaces it looks after: no rule and no verb without a use (tests/controller/rights.test.ts). */
export const WORK: readonly Rule[] = [
  // Providers: their labels, annotations and ports. One by name to say whether it is the Service that is missing, or its label.
  { apiGroups: [''], resources: ['services'], verbs: ['get', 'list', 'watch'] },
  // Consumers. One by name where it lacks the label; patched for a roll, and to take a missed one through the webhook.
  {
    apiGroups: ['apps'],
    resources: ['deployments', 'statefulsets', 'daemonsets'],
    verbs: ['get', 'list', 'watch', 'patch'],
  },
  { apiGroups: ['batch'], resources: ['cronjobs'], verbs: ['get', 'list', 'watch', 'patch'] },
  // The pod template of a Job is immutable, so nothing of it is ever patched.
  { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get', 'list', 'watch'] },
  // Values and permits. One by name to see whether a name that is taken is taken by somebody else.
  { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  // Which pods wait, and the touch that makes their kubelet look again.
  { apiGroups: [''], resources: ['pods'], verbs: ['list', 'patch'] },
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
];

/** Which namespaces are opted in, of all of them. */
export const ALL_NAMESPACES: Rule = { apiGroups: [''], resources: ['namespaces'], verbs: ['list', 'watch'] };

/** Whether this one is opted in: a Role can give no more than to look at it by its name. */
export const oneNamespace = (name: string): Rule => ({
  apiGroups: [''],
  resources: ['namespaces'],
  resourceNames: [name],
  verbs: ['get'],
});

const LEASES = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] };

/** The Lease that says which replica acts. Creating cannot be limited to a name: the API server does not know it yet. */
export const LEASE: readonly Rule[] = [
  // Watched by its name alone, so that the other replica sees at once that it was given back.
  { ...LEASES, resourceNames: [CONTROLLER], verbs: ['get', 'list', 'watch', 'update'] },
  { ...LEASES, verbs: ['create'] },
];
