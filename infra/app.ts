import type * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { HEALTH_PORT, labels, type Part, selectorLabels } from './names.ts';

type Inputs = k8s.types.input.core.v1.Container;

/** What a pod of an app asks for, and what is too much. */
export type Resources = pulumi.Input<k8s.types.input.core.v1.ResourceRequirements>;

/** What webhook and controller have in common as Deployments. */
export interface AppSettings {
  /** Pods of each. */
  readonly replicas: pulumi.Input<number>;
  /** `debug`, `info`, `warn` or `error`. */
  readonly logLevel: pulumi.Input<string>;
  /** Whether a PodDisruptionBudget keeps all but one while nodes are drained. Plain, because it decides on a resource. */
  readonly disruptionBudget: boolean;
  /** PriorityClass of the pods, if any. */
  readonly priorityClass?: pulumi.Input<string>;
  /** Names of Secrets with which nodes pull the images. */
  readonly pullSecrets: pulumi.Input<readonly string[]>;
  /** Labels of the nodes that the pods may run on, if not on any. */
  readonly nodeSelector?: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
  /** Taints of nodes that the pods tolerate, if any. */
  readonly tolerations?: pulumi.Input<pulumi.Input<k8s.types.input.core.v1.Toleration>[]>;
}

export interface AppDeploymentArgs extends AppSettings {
  readonly part: Part;
  readonly name: string;
  readonly namespace: pulumi.Input<string>;
  readonly account: pulumi.Input<string>;
  /** Image by digest. */
  readonly image: pulumi.Input<string>;
  /** Whether the pods talk to the API server and so get a token. */
  readonly token: boolean;
  /** Seconds that the app may take to end after SIGTERM. */
  readonly graceSeconds: number;
  /** Seconds that a pod has to be ready before it counts as available. */
  readonly minReadySeconds?: number;
  readonly resources: Resources;
  readonly args?: Inputs['args'];
  readonly env?: k8s.types.input.core.v1.EnvVar[];
  readonly ports?: k8s.types.input.core.v1.ContainerPort[];
  readonly volumes?: Array<{ readonly volume: k8s.types.input.core.v1.Volume; readonly mountPath: string }>;
}

/** User and group of the images. */
const NONROOT = 65532;

/**
 * A Deployment that passes Pod Security `restricted`, keeps all replicas while it rolls, spreads them over nodes and is
 * restarted only when its event loop hangs. Configuration and certificates are files that the apps read again, so no
 * annotation of ours restarts pods when they change.
 */
export function appDeployment(args: AppDeploymentArgs): k8s.apps.v1.DeploymentArgs {
  const volumes = args.volumes ?? [];
  const container: Inputs = {
    name: args.part,
    image: args.image,
    args: args.args,
    env: [{ name: 'LOG_LEVEL', value: args.logLevel }, { name: 'LOG_FORMAT', value: 'json' }, ...(args.env ?? [])],
    ports: [...(args.ports ?? []), { name: 'health', containerPort: HEALTH_PORT }],
    // A starting Node needs a moment; a running one that cannot answer for half a minute will not come back by itself.
    startupProbe: { ...probe('/livez'), periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { ...probe('/readyz'), periodSeconds: 2, failureThreshold: 2 },
    livenessProbe: { ...probe('/livez'), periodSeconds: 10, failureThreshold: 3 },
    resources: args.resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    ...(volumes.length > 0 && {
      volumeMounts: volumes.map(({ volume, mountPath }) => ({ name: volume.name, mountPath, readOnly: true })),
    }),
  };
  return {
    metadata: { name: args.name, namespace: args.namespace, labels: labels(args.part) },
    spec: {
      replicas: args.replicas,
      selector: { matchLabels: selectorLabels(args.part) },
      ...(args.minReadySeconds !== undefined && { minReadySeconds: args.minReadySeconds }),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: { labels: labels(args.part) },
        spec: {
          serviceAccountName: args.account,
          automountServiceAccountToken: args.token,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: args.graceSeconds,
          priorityClassName: args.priorityClass,
          nodeSelector: args.nodeSelector,
          tolerations: args.tolerations,
          imagePullSecrets: pulumi
            .output(args.pullSecrets)
            .apply((names) => (names.length > 0 ? names.map((name) => ({ name })) : undefined)),
          securityContext: {
            runAsNonRoot: true,
            runAsUser: NONROOT,
            runAsGroup: NONROOT,
            fsGroup: NONROOT,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: selectorLabels(args.part) },
            },
          ],
          containers: [container],
          ...(volumes.length > 0 && { volumes: volumes.map(({ volume }) => volume) }),
        },
      },
    },
  };
}

/** How long Pulumi waits for pods that serve: pulling the images included, and half of what it would wait by default. */
export const ROLLOUT_TIMEOUT = { create: '5m', update: '5m' } as const;

const probe = (path: string) => ({ httpGet: { path, port: 'health' }, timeoutSeconds: 5 });

/** Keeps all replicas but one while nodes are drained; one replica alone does not block a drain. */
export const disruptionBudget = (part: Part, name: string, namespace: pulumi.Input<string>) => ({
  metadata: { name, namespace, labels: labels(part) },
  spec: {
    maxUnavailable: 1,
    // A pod that does not serve protects nobody, so it does not block a drain either.
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: { matchLabels: selectorLabels(part) },
  },
});
