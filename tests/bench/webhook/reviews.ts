import jsonPatch from 'fast-json-patch';
import { admit } from '../../../relations/admit.ts';
import { isObject, type JsonObject } from '../../../relations/json.ts';
import { readGateSettings } from '../../../webhook/gate-settings.ts';

/** `tenguconfig.yaml` as a stack has it that sets nothing. */
export const GATE_CONFIGURATION = `hold: container
initContainers:
  - name: tengu-gate
    image: registry.example.org/orcon/gate@sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef
    imagePullPolicy: IfNotPresent
    resources:
      requests: { cpu: 50m, memory: 16Mi }
      limits: { cpu: 50m, memory: 16Mi }
`;

/** What is asked of the webhook: bodies of which each stands for a case. */
export interface Case {
  readonly name: 'create' | 'update' | 'skipped';
  /** As the page says it. */
  readonly title: string;
  readonly body: string;
}

const probe = (path: string) => ({
  failureThreshold: 3,
  httpGet: { path, port: 'http', scheme: 'HTTP' },
  periodSeconds: 10,
  successThreshold: 1,
  timeoutSeconds: 1,
});

const container = (name: string, image: string): JsonObject => ({
  env: [
    { name: 'LOG_LEVEL', value: 'info' },
    { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
    { name: 'PASSWORD', valueFrom: { secretKeyRef: { key: 'password', name: 'orders-db' } } },
    { name: 'FEATURES', value: 'cart,search,recommendations' },
  ],
  image,
  imagePullPolicy: 'IfNotPresent',
  livenessProbe: probe('/livez'),
  name,
  ports: [{ containerPort: 8080, name: 'http', protocol: 'TCP' }],
  readinessProbe: probe('/readyz'),
  resources: { limits: { cpu: '500m', memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  volumeMounts: [
    { mountPath: '/etc/orders', name: 'config', readOnly: true },
    { mountPath: '/tmp', name: 'scratch' },
  ],
});

/** The fields of an object as managedFields name them. */
function fieldsOf(object: JsonObject): JsonObject {
  const fields: Record<string, JsonObject> = {};
  for (const [key, value] of Object.entries(object)) {
    fields[`f:${key}`] = isObject(value) ? fieldsOf(value) : {};
  }
  return fields;
}

const labels = { 'app.kubernetes.io/name': 'orders', 'app.kubernetes.io/part-of': 'shop', 'app.kubernetes.io/version': '4.2.1' };

/** A Deployment of two containers as the API server sends it: with its defaults and with who set which field. */
function deployment(annotations: JsonObject): JsonObject {
  const spec: JsonObject = {
    progressDeadlineSeconds: 600,
    replicas: 3,
    revisionHistoryLimit: 10,
    selector: { matchLabels: { 'app.kubernetes.io/name': 'orders' } },
    strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' }, type: 'RollingUpdate' },
    template: {
      metadata: { creationTimestamp: null, labels },
      spec: {
        containers: [
          container('orders', 'registry.example.org/shop/orders:4.2.1'),
          container('proxy', 'registry.example.org/mesh/proxy:1.22'),
        ],
        dnsPolicy: 'ClusterFirst',
        restartPolicy: 'Always',
        schedulerName: 'default-scheduler',
        securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
        serviceAccount: 'orders',
        serviceAccountName: 'orders',
        terminationGracePeriodSeconds: 30,
        volumes: [
          { configMap: { defaultMode: 420, name: 'orders' }, name: 'config' },
          { emptyDir: {}, name: 'scratch' },
        ],
      },
    },
  };
  const managedFields = [
    {
      apiVersion: 'apps/v1',
      fieldsType: 'FieldsV1',
      fieldsV1: fieldsOf({ metadata: { annotations, labels }, spec }),
      manager: 'kubectl',
      operation: 'Apply',
      time: '2026-01-01T00:00:00Z',
    },
  ];
  const metadata = { annotations, creationTimestamp: null, labels, managedFields, name: 'orders', namespace: 'shop' };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec, status: {} };
}

const request = (operation: 'CREATE' | 'UPDATE', object: JsonObject, oldObject: JsonObject | null) => ({
  uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
  kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
  resource: { group: 'apps', version: 'v1', resource: 'deployments' },
  requestKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
  requestResource: { group: 'apps', version: 'v1', resource: 'deployments' },
  name: 'orders',
  namespace: 'shop',
  operation,
  userInfo: { username: 'system:serviceaccount:ci:deployer', groups: ['system:serviceaccounts', 'system:authenticated'] },
  object,
  oldObject,
  dryRun: false,
  options: { kind: operation === 'CREATE' ? 'CreateOptions' : 'UpdateOptions', apiVersion: 'meta.k8s.io/v1' },
});

const review = (...about: Parameters<typeof request>): string =>
  JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request: request(...about) });

/** The Deployment of the reviews as a user would create it in that namespace. */
export function consumer(namespace: string): JsonObject {
  const { kind, apiVersion, spec } = deployment({});
  const annotations = { 'tengu.io/consumes': 'sse,db', 'tengu.io/relations': 'sse-endpoint,db-endpoint' };
  return { kind, apiVersion, spec, metadata: { name: 'orders', namespace, labels, annotations } };
}

/** The cases, and the patch with which the first is answered: the floor answers with one as large. */
export function reviews(): { readonly cases: readonly Case[]; readonly patch: string } {
  const settings = readGateSettings(GATE_CONFIGURATION);
  if (!settings.ok) throw new Error(settings.faults.join('\n'));
  const created = deployment({ 'tengu.io/consumes': 'sse,db', 'tengu.io/relations': 'sse-endpoint,db-endpoint' });
  const input = {
    operation: 'CREATE',
    kind: 'Deployment',
    namespace: 'shop',
    name: 'orders',
    object: created,
    oldObject: null,
  } as const;
  const { patch } = admit(input, settings.value, () => 'q7k2z');
  const stamped = structuredClone(created);
  jsonPatch.applyPatch(stamped, structuredClone(patch));
  const cases: readonly Case[] = [
    { name: 'create', title: 'a new Deployment is stamped', body: review('CREATE', created, null) },
    { name: 'update', title: 'an update leaves the template as it is', body: review('UPDATE', stamped, stamped) },
    { name: 'skipped', title: 'a Deployment without relations', body: review('CREATE', deployment({}), null) },
  ];
  return { cases, patch: JSON.stringify(patch) };
}
