import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { type AppSettings, appDeployment, disruptionBudget, type Resources, ROLLOUT_TIMEOUT } from './app.ts';
import type { Guard } from './guard.ts';
import { CONTROLLER, HEALTH_PORT } from './names.ts';

export interface ControllerArgs {
  /** Namespace of orcon itself. */
  readonly namespace: pulumi.Input<string>;
  /** Image by digest. */
  readonly image: pulumi.Input<string>;
  /** Name of the ServiceAccount. */
  readonly account: pulumi.Input<string>;
  /** What holds that account to its work: no pod gets the account's token before it is in force. */
  readonly guard: Guard;
  /** Namespaces that it looks after; empty for all. */
  readonly namespaces: readonly string[];
  /** How many workloads it rolls at a time when a value changed. */
  readonly maxRolls: pulumi.Input<number>;
  /** What a pod asks for, and what is too much. */
  readonly resources: Resources;
  /** What it has in common with the webhook. */
  readonly app: AppSettings;
}

/** Time to write what is in hand and to give the Lease back. */
const GRACE_SECONDS = 20;

/** The controller: replicas of which one acts, chosen by a Lease in the namespace. */
export class Controller extends pulumi.ComponentResource {
  readonly deployment: k8s.apps.v1.Deployment;

  constructor(name: string, args: ControllerArgs, opts?: pulumi.ComponentResourceOptions) {
    super('orcon:index:Controller', name, {}, opts);
    this.deployment = new k8s.apps.v1.Deployment(
      name,
      appDeployment({
        ...args.app,
        part: 'controller',
        name: CONTROLLER,
        namespace: args.namespace,
        account: pulumi.all([args.account, args.guard.inForce]).apply(([account]) => account),
        image: args.image,
        token: true,
        graceSeconds: GRACE_SECONDS,
        resources: args.resources,
        env: [
          { name: 'HEALTH_PORT', value: String(HEALTH_PORT) },
          { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
          { name: 'NAMESPACES', value: args.namespaces.join(',') },
          { name: 'MAX_ROLLS', value: pulumi.interpolate`${args.maxRolls}` },
        ],
      }),
      { parent: this, customTimeouts: ROLLOUT_TIMEOUT },
    );
    if (args.app.disruptionBudget) {
      new k8s.policy.v1.PodDisruptionBudget(name, disruptionBudget('controller', CONTROLLER, args.namespace), { parent: this });
    }
    this.registerOutputs({ deployment: this.deployment.metadata.name });
  }
}
