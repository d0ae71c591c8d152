import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { isObject } from '../relations/json.ts';
import { type GateArgs, gateContainers } from './gate.ts';
import { configuredGates } from './guard/gates.ts';
import { CONFIG_MAP_POLICY, EVENT_POLICY, POD_POLICY } from './guard/objects.ts';
import type { Policy } from './guard/policy.ts';
import { workloadPolicy } from './guard/workloads.ts';
import { CONTROLLER_ACCOUNT, labels, sharedName } from './names.ts';

export interface GuardArgs {
  /** Namespace of orcon itself. */
  readonly namespace: pulumi.Input<string>;
  /** Name of this instance, where several are in one cluster. */
  readonly instance?: string;
  /** What holds the pods of consumers: the only containers that the controller's changes may bring along. */
  readonly gate: GateArgs;
}

/**
 * What the controller's account may change of objects that its rights let it write. To patch workloads is to run code anywhere,
 * so whoever gets hold of its token could; with this, a workload gets what the stamp consists of and nothing else. The API server
 * asks nobody for it, and where an expression fails the request is refused. It concerns no other account.
 */
export class Guard extends pulumi.ComponentResource {
  /** Names of the bindings, once they are there. */
  readonly inForce: pulumi.Output<readonly string[]>;

  constructor(name: string, args: GuardArgs, opts?: pulumi.ComponentResourceOptions) {
    super('orcon:index:Guard', name, {}, opts);
    const gates = pulumi.output(args.gate).apply((gate) => configuredGates(gateContainers(gate).filter(isObject)));
    const policies = [workloadPolicy(GATES), POD_POLICY, CONFIG_MAP_POLICY, EVENT_POLICY];
    this.inForce = pulumi.all(policies.map((policy) => this.#policy(name, policy, gates, args)));
    this.registerOutputs({ inForce: this.inForce });
  }

  #policy(name: string, policy: Policy, gates: pulumi.Output<string>, args: GuardArgs): pulumi.Output<string> {
    const { rules, variables, validations } = policy;
    const logical = `${name}-${policy.name}`;
    const metadata = { name: sharedName(`${CONTROLLER_ACCOUNT}-${policy.name}`, args.instance), labels: labels('controller') };
    const account = pulumi.interpolate`system:serviceaccount:${args.namespace}:${CONTROLLER_ACCOUNT}`;
    const { metadata: made } = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
      logical,
      {
        metadata,
        spec: {
          failurePolicy: 'Fail',
          matchConstraints: { resourceRules: rules.map((rule) => ({ ...copied(rule), apiVersions: ['v1'] })) },
          matchConditions: [
            { name: 'is-the-controller', expression: pulumi.interpolate`request.userInfo.username == "${account}"` },
          ],
          variables: variables.map((each) => (each.expression === GATES ? { ...each, expression: gates } : each)),
          validations: validations.map((each) => ({ ...each, reason: 'Forbidden' })),
        },
      },
      { parent: this },
    );
    const binding = new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
      logical,
      { metadata, spec: { policyName: made.name, validationActions: ['Deny'] } },
      { parent: this },
    );
    return binding.metadata.name;
  }
}

/** Stands in the policy's text for the configured gates, whose images are known only when they are built. */
const GATES = '{gates}';

/** As Pulumi has it: its lists may be written to. */
const copied = ({ apiGroups, resources, operations }: Policy['rules'][number]) => ({
  apiGroups: [...apiGroups],
  resources: [...resources],
  operations: [...operations],
});
