import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { CONTROLLER, CONTROLLER_ACCOUNT, labels, sharedName, WEBHOOK } from './names.ts';

export interface AccessArgs {
  /** Namespace of orcon itself. */
  readonly namespace: pulumi.Input<string>;
  /** Name of this instance, where several are in one cluster. */
  readonly instance?: string;
  /** Namespaces that the controller looks after; empty for all. Plain, because each gets a Role of its own. */
  readonly namespaces: readonly string[];
}

type Rule = k8s.types.input.rbac.v1.PolicyRule;

const READ = ['get', 'list', 'watch'];

/** What the controller does in the namespaces it looks after: one rule a resource, no rule without a use. */
const NAMESPACED_RULES: readonly Rule[] = [
  // Providers: their labels, annotations and ports.
  { apiGroups: [''], resources: ['services'], verbs: READ },
  // Consumers. Patched for a roll, and to take a missed one through the webhook.
  { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'], verbs: [...READ, 'patch'] },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: [...READ, 'patch'] },
  // Values and permits.
  { apiGroups: [''], resources: ['configmaps'], verbs: [...READ, 'create', 'patch', 'delete'] },
  // Which pods wait, and the touch that makes their kubelet look again.
  { apiGroups: [''], resources: ['pods'], verbs: ['list', 'patch'] },
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
];

/**
 * Who webhook and controller are in the cluster and what they may do: the webhook nothing, the controller what its work
 * takes, in all namespaces or in those listed. The controller can patch workloads, so whoever can use its token can run code
 * in these namespaces: guard `namespace` accordingly.
 */
export class Access extends pulumi.ComponentResource {
  /** Name of the webhook's ServiceAccount. */
  readonly webhookAccount: pulumi.Output<string>;
  /** Name of the controller's, once its rights are in force: pods that start earlier begin by being refused. */
  readonly controllerAccount: pulumi.Output<string>;

  constructor(name: string, args: AccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super('orcon:index:Access', name, {}, opts);

    const webhook = new k8s.core.v1.ServiceAccount(
      `${name}-webhook`,
      {
        metadata: { name: WEBHOOK, namespace: args.namespace, labels: labels('webhook') },
        automountServiceAccountToken: false,
      },
      { parent: this },
    );
    const controller = new k8s.core.v1.ServiceAccount(
      `${name}-controller`,
      {
        metadata: { name: CONTROLLER_ACCOUNT, namespace: args.namespace, labels: labels('controller') },
        // The controller's pods ask for the token themselves; no other pod gets it by accident.
        automountServiceAccountToken: false,
      },
      { parent: this },
    );
    const role = sharedName(CONTROLLER_ACCOUNT, args.instance);
    const rights =
      args.namespaces.length === 0
        ? [this.#everywhere(name, role, controller)]
        : args.namespaces.map((namespace) => this.#inside(name, { name: role, namespace }, controller));
    const bindings = [...rights, this.#lease(name, args.namespace, controller)];

    this.webhookAccount = webhook.metadata.name;
    const inForce = pulumi.all(bindings.map((binding) => binding.metadata.name));
    this.controllerAccount = pulumi.all([controller.metadata.name, inForce]).apply(([account]) => account);
    this.registerOutputs({ webhookAccount: this.webhookAccount, controllerAccount: this.controllerAccount });
  }

  #everywhere(name: string, roleName: string, account: k8s.core.v1.ServiceAccount): k8s.rbac.v1.ClusterRoleBinding {
    const metadata = { name: roleName, labels: labels('controller') };
    const role = new k8s.rbac.v1.ClusterRole(
      `${name}-controller`,
      { metadata, rules: [{ apiGroups: [''], resources: ['namespaces'], verbs: READ }, ...NAMESPACED_RULES] },
      { parent: this },
    );
    return new k8s.rbac.v1.ClusterRoleBinding(
      `${name}-controller`,
      {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role.metadata.name },
        subjects: [subject(account)],
      },
      { parent: this },
    );
  }

  /** The same rights in one namespace, and to read that namespace's own labels. */
  #inside(
    name: string,
    place: { name: string; namespace: string },
    account: k8s.core.v1.ServiceAccount,
  ): k8s.rbac.v1.RoleBinding {
    const rules = [
      { apiGroups: [''], resources: ['namespaces'], resourceNames: [place.namespace], verbs: ['get'] },
      ...NAMESPACED_RULES,
    ];
    return this.#role(`${name}-controller-${place.namespace}`, place, rules, account);
  }

  /** The Lease that says which replica acts. Creating cannot be limited to a name: the API server does not know it yet. */
  #lease(name: string, namespace: pulumi.Input<string>, account: k8s.core.v1.ServiceAccount): k8s.rbac.v1.RoleBinding {
    const leases = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] };
    const rules = [
      // Watched by its name alone, so that the other replica sees at once that it was given back.
      { ...leases, resourceNames: [CONTROLLER], verbs: [...READ, 'update'] },
      { ...leases, verbs: ['create'] },
    ];
    return this.#role(`${name}-controller-lease`, { name: `${CONTROLLER_ACCOUNT}-lease`, namespace }, rules, account);
  }

  #role(
    name: string,
    place: { name: string; namespace: pulumi.Input<string> },
    rules: readonly Rule[],
    account: k8s.core.v1.ServiceAccount,
  ): k8s.rbac.v1.RoleBinding {
    const metadata = { ...place, labels: labels('controller') };
    const role = new k8s.rbac.v1.Role(name, { metadata, rules: [...rules] }, { parent: this });
    return new k8s.rbac.v1.RoleBinding(
      name,
      {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role.metadata.name },
        subjects: [subject(account)],
      },
      { parent: this },
    );
  }
}

const subject = (account: k8s.core.v1.ServiceAccount) => ({
  kind: 'ServiceAccount',
  name: account.metadata.name,
  namespace: account.metadata.namespace,
});
