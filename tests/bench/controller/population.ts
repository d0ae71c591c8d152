import fastJsonPatch from 'fast-json-patch';
import { admit } from '../../../relations/admit.ts';
import { renderConfigMap } from '../../../relations/configmap.ts';
import type { GateSettings } from '../../../relations/gate.ts';
import type { JsonObject } from '../../../relations/json.ts';
import { templateOf } from '../../../relations/kinds.ts';
import { plan } from '../../../relations/plan.ts';
import { readRecord } from '../../../relations/record.ts';
import { resolve } from '../../../relations/resolve.ts';
import { viewService } from '../../../relations/service.ts';
import { viewWorkload } from '../../../relations/workload.ts';

/** Interfaces that the Services of a population provide, in turn. */
const INTERFACES = ['db', 'cache', 'queue', 'sse', 'search', 'auth', 'mail', 'blob'] as const;
const GATE: GateSettings = { hold: 'container', initContainers: [{ name: 'tengu-gate', image: 'gate:1' }] };

/** How many namespaces a population is spread over. */
const NAMESPACES = 10;

/** So many Services have one consumer each, of the same number: what happens to them costs the same in every population. */
export const PAIRS = 200;

export const namespaceOf = (index: number): string => `team-${index % NAMESPACES}`;
export const allNamespaces = (): readonly string[] => Array.from({ length: NAMESPACES }, (_, index) => namespaceOf(index));

export const serviceName = (index: number): string => `service-${index}`;
const interfaceOf = (index: number): string => INTERFACES[Math.floor(index / NAMESPACES) % INTERFACES.length] ?? 'db';

/** The Services that consumer `index` of a population with so many Services is related to: one, or two of one namespace. */
export function servicesOf(index: number, services: number): readonly number[] {
  if (index < PAIRS) return [index];
  const first = PAIRS + (index % (services - PAIRS));
  const neighbour = first + NAMESPACES;
  return [first, neighbour < services ? neighbour : first - NAMESPACES];
}

/** A Service as the API server stores it. `value` is what it says in an annotation of its own. */
export function service(index: number, value: string): JsonObject {
  const name = serviceName(index);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: namespaceOf(index),
      labels: { 'tengu.io/provides': interfaceOf(index), 'app.kubernetes.io/name': name, team: namespaceOf(index) },
      annotations: { 'tengu.io/data.user': 'app', 'tengu.io/data.value': value },
      managedFields: managedFields('kubectl-client-side-apply', ['labels', 'annotations', 'ports', 'selector', 'type']),
    },
    spec: {
      type: 'ClusterIP',
      clusterIP: `10.96.${index % 250}.${index % 251}`,
      clusterIPs: [`10.96.${index % 250}.${index % 251}`],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      sessionAffinity: 'None',
      selector: { app: name },
      ports: [
        { name: interfaceOf(index), port: 5432, protocol: 'TCP', targetPort: 5432 },
        { name: 'metrics', port: 9090, protocol: 'TCP', targetPort: 9090 },
      ],
    },
    status: { loadBalancer: {} },
  };
}

/** A consumer of the Services with these indices, which are all of one namespace; stamped as the webhook does it, some 5 KB. */
export function consumer(name: string, services: readonly number[]): JsonObject {
  const namespace = namespaceOf(services[0] ?? 0);
  const object = deployment(name, namespace, {
    'tengu.io/consumes': [...new Set(services.map(interfaceOf))].join(','),
    'tengu.io/relations': services.map(serviceName).join(','),
  });
  const request = { operation: 'CREATE', kind: 'Deployment', namespace, name, object, oldObject: undefined } as const;
  const { patch } = admit(request, GATE, () => 'bench');
  return fastJsonPatch.applyPatch(structuredClone(object), [...patch]).newDocument;
}

/** The ConfigMap of a consumer that is supplied, as the controller writes it. */
export function configMapOf(consumer: JsonObject): JsonObject {
  const { name, namespace, uid } = viewWorkload('Deployment', consumer);
  const record = readRecord(templateOf('Deployment', consumer));
  if (record === undefined) throw new Error(`${name} bears no stamp`);
  const find = (related: string) => viewService(service(Number(related.replace(/\D+/, '')), 'first'));
  const situation = { record, resolution: resolve(record, namespace, find), before: undefined, waiting: [] };
  const { content } = plan({ ...situation, now: '2026-01-01T00:00:00.000Z' });
  return renderConfigMap({ kind: 'Deployment', namespace, name, uid }, content);
}

function deployment(name: string, namespace: string, annotations: Readonly<Record<string, string>>): JsonObject {
  const labels = { app: name, 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': namespace, team: namespace };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace,
      labels: { ...labels, 'tengu.io/relationships': 'full' },
      annotations: { ...annotations, 'deployment.kubernetes.io/revision': '1' },
      managedFields: [
        ...managedFields('kubectl-client-side-apply', ['labels', 'annotations', 'replicas', 'selector', 'strategy', 'template']),
        ...managedFields('kube-controller-manager', ['availableReplicas', 'conditions', 'observedGeneration', 'readyReplicas']),
      ],
    },
    spec: {
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      selector: { matchLabels: { app: name } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: {
        metadata: { labels, annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' } },
        spec: {
          restartPolicy: 'Always',
          schedulerName: 'default-scheduler',
          terminationGracePeriodSeconds: 30,
          containers: [container('app'), container('proxy')],
        },
      },
    },
    // Roll-outs are complete at once: whatever the generation, it has been seen.
    status: {
      observedGeneration: 1_000_000,
      replicas: 1,
      updatedReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
      conditions: ['Available', 'Progressing'].map((type) => ({
        type,
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
        lastUpdateTime: '2026-01-01T00:00:00Z',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      })),
    },
  };
}

const container = (name: string): JsonObject => ({
  name,
  image: `registry.example.com/team/${name}:1.24.3`,
  imagePullPolicy: 'IfNotPresent',
  ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  env: Array.from({ length: 6 }, (_, index) => ({ name: `SETTING_${index}`, value: `value of setting ${index}` })),
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1', memory: '256Mi' } },
  readinessProbe: { httpGet: { path: '/readyz', port: 'http', scheme: 'HTTP' }, periodSeconds: 10, timeoutSeconds: 1 },
  livenessProbe: { httpGet: { path: '/livez', port: 'http', scheme: 'HTTP' }, periodSeconds: 10, timeoutSeconds: 1 },
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
});

/** A client's entry in `managedFields`: a third of what an object weighs on the wire. */
const managedFields = (manager: string, fields: readonly string[]): JsonObject[] => [
  {
    manager,
    operation: 'Update',
    apiVersion: 'apps/v1',
    time: '2026-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:metadata': Object.fromEntries(fields.map((field) => [`f:${field}`, { '.': {}, [`f:${field}-entry`]: {} }])),
      'f:spec': Object.fromEntries(fields.map((field) => [`f:${field}`, { 'k:{"name":"app"}': { '.': {}, 'f:name': {} } }])),
    },
  },
];
