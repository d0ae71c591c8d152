import type {
  V1Container,
  V1CronJob,
  V1DaemonSet,
  V1Deployment,
  V1Job,
  V1PodTemplateSpec,
  V1Service,
  V1StatefulSet,
} from '@kubernetes/client-node';
import { CONSUMES, DATA_PREFIX, PROVIDES, RELATIONS, RELATIONSHIPS } from '../../../relations/vocabulary.ts';
import { cluster } from './cluster.ts';
import { STARTS_FILE, STARTS_VOLUME, startsFolder } from './starts.ts';

/** What the tests vary about a consumer. */
export interface Consumer {
  readonly consumes?: string;
  readonly relations?: string;
  readonly replicas?: number;
  /** Over the container that says what it was given and then sleeps. */
  readonly container?: Partial<V1Container>;
  /** Goes into the container's environment as APP, so that another one is another template. */
  readonly version?: string;
}

/** Says on stdout, and in a file that outlives the pod, with which values it starts. */
const SAY_AND = [
  'line="$(hostname) APP=$APP SSE=$SSE DB=$DB SSE_PORT=$SSE_PORT"',
  'echo "$line"',
  `echo "$line" >> ${STARTS_FILE}`,
].join('; ');
/** Ends at once when it is told to: rolls are quick then. */
const SLEEP = 'trap "exit 0" TERM; sleep infinity & wait';

const annotationsOf = ({ consumes, relations }: Consumer): Record<string, string> => ({
  ...(consumes === undefined ? {} : { [CONSUMES]: consumes }),
  ...(relations === undefined ? {} : { [RELATIONS]: relations }),
});

const metadataOf = (name: string, consumer: Consumer) => ({
  name,
  labels: { [RELATIONSHIPS]: 'full' },
  annotations: annotationsOf(consumer),
});

/** The pod template of an app that is called `app`; its pods bear the label `app: <name>`. */
export function template(namespace: string, name: string, consumer: Consumer, then = SLEEP): V1PodTemplateSpec {
  return {
    metadata: { labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'app',
          image: cluster.gateBaseImage,
          command: ['sh', '-c', `${SAY_AND}; ${then}`],
          env: [{ name: 'APP', value: consumer.version ?? '1' }],
          volumeMounts: [{ name: STARTS_VOLUME, mountPath: '/starts' }],
          ...consumer.container,
        },
      ],
      volumes: [{ name: STARTS_VOLUME, hostPath: { path: startsFolder(namespace), type: 'DirectoryOrCreate' } }],
    },
  };
}

export function deployment(namespace: string, name: string, consumer: Consumer): V1Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(name, consumer),
    spec: {
      replicas: consumer.replicas ?? 1,
      selector: { matchLabels: { app: name } },
      template: template(namespace, name, consumer),
    },
  };
}

/** Its pods come one after the other (OrderedReady). */
export function statefulSet(namespace: string, name: string, consumer: Consumer): V1StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadataOf(name, consumer),
    spec: {
      serviceName: name,
      replicas: consumer.replicas ?? 1,
      podManagementPolicy: 'OrderedReady',
      selector: { matchLabels: { app: name } },
      template: template(namespace, name, consumer),
    },
  };
}

export function daemonSet(namespace: string, name: string, consumer: Consumer): V1DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: metadataOf(name, consumer),
    spec: { selector: { matchLabels: { app: name } }, template: template(namespace, name, consumer) },
  };
}

/** It ends well as soon as it has said with which values it starts. */
export function job(namespace: string, name: string, consumer: Consumer): V1Job {
  const { metadata, spec } = template(namespace, name, consumer, 'true');
  if (!spec) throw new Error('a pod template without spec');
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadataOf(name, consumer),
    spec: { template: { metadata, spec: { ...spec, restartPolicy: 'Never' } } },
  };
}

/** It never starts by itself within a test: Jobs are made of it by hand, as `kubectl create job --from` does. */
export function cronJob(namespace: string, name: string, consumer: Consumer): V1CronJob {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: metadataOf(name, consumer),
    spec: {
      schedule: '0 0 1 1 *',
      concurrencyPolicy: 'Forbid',
      jobTemplate: { spec: job(namespace, name, consumer).spec ?? { template: {} } },
    },
  };
}

/** A Service that provides an interface and leads to a name outside the cluster. */
export function provider(name: string, provides: string, externalName: string, data: Record<string, string> = {}): V1Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      labels: { [PROVIDES]: provides },
      annotations: Object.fromEntries(Object.entries(data).map(([key, value]) => [`${DATA_PREFIX}${key}`, value])),
    },
    spec: { type: 'ExternalName', externalName },
  };
}
