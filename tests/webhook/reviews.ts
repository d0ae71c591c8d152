import type { Admission } from '../../relations/admit.ts';
import type { Admit } from '../../webhook/mutate.ts';

/** A Deployment that consumes `db`, in the words of a user's manifest. */
export const consumer = (name = 'shop-front') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop', annotations: { 'tengu.io/consumes': 'db', 'tengu.io/relations': 'db-endpoint' } },
  spec: { template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image: 'app:1' }] } } },
});

/** An AdmissionReview as the API server sends it, with some fields of its request replaced. */
export const review = (request: Readonly<Record<string, unknown>> = {}) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    resource: { group: 'apps', version: 'v1', resource: 'deployments' },
    name: 'shop-front',
    namespace: 'shop',
    operation: 'CREATE',
    object: consumer(),
    oldObject: null,
    dryRun: false,
    ...request,
  },
});

export const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Decides as told, whatever it is asked. */
export const deciding =
  (decision: Partial<Admission>): Admit =>
  ({ kind, namespace, name }) => ({
    outcome: 'unchanged',
    reason: '',
    patch: [],
    warnings: [],
    workload: { kind, namespace, name },
    ...decision,
  });
