import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { CONTROLLER_ACCOUNT, labels, sharedName, WEBHOOK } from './names.ts';
import { ALL_NAMESPACES, LEASE, oneNamespace, type Rule, WORK } from './rights.ts';

export interface AccessArgs {
  /** Namespace of orcon itself. */
  readonly namespace: pulumi.Input<string>;
  /** Name of this instance, where several are in one cluster. */
  readonly instance?: string;
  /** Namespaces that the controller looks after; empty for all. Plain, because each gets a Role of its own. */
  readonly namespaces: readonly string[];
}

/**
 * Who webhook and controller are in the cluster and what they may do: the webhook nothing, the controller what its work
 * takes, in all namespaces or in those listed. Rights know verbs and kinds alone, and to patch workloads is to run code: what
 * the controller may change of an object says guard.ts.
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
      { metadata, rules: rulesOf([ALL_NAMESPACES, ...WORK]) },
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
    const rules = [oneNamespace(place.namespace), ...WORK];
    return this.#role(`${name}-controller-${place.namespace}`, place, rules, account);
  }

  #lease(name: string, namespace: pulumi.Input<string>, account: k8s.core.v1.ServiceAccount): k8s.rbac.v1.RoleBinding {
    return this.#role(`${name}-controller-lease`, { name: `${CONTROLLER_ACCOUNT}-lease`, namespace }, LEASE, account);
  }

  #role(
    name: string,
    place: { name: string; namespace: pulumi.Input<string> },
    rules: readonly Rule[],
    account: k8s.core.v1.ServiceAccount,
  ): k8s.rbac.v1.RoleBinding {
    const metadata = { ...place, labels: labels('controller') };
    const role = new k8s.rbac.v1.Role(name, { metadata, rules: rulesOf(rules) }, { parent: this });
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

/** As Pulumi has them: its lists may be written to. */
const rulesOf = (rules: readonly Rule[]): k8s.types.input.rbac.v1.PolicyRule[] =>
  rules.map(({ apiGroups, resources, verbs, resourceNames }) => ({
    apiGroups: [...apiGroups],
    resources: [...resources],
    verbs: [...verbs],
    ...(resourceNames && { resourceNames: [...resourceNames] }),
  }));

const subject = (account: k8s.core.v1.ServiceAccount) => ({
  kind: 'ServiceAccount',
  name: account.metadata.name,
  namespace: account.metadata.namespace,
});
