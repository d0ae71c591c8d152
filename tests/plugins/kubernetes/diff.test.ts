import { describe, expect, test } from '@jest/globals';
import { diffObject } from '../../../local/plugins/kubernetes/diff.ts';
import type { JsonObject } from '../../../local/plugins/rpc/json.ts';
import { secret, UNKNOWN } from '../../../local/plugins/rpc/properties.ts';

const IMMUTABLE = { secretMutable: false, configMapMutable: false };
const MUTABLE = { secretMutable: true, configMapMutable: true };

function diff(olds: JsonObject, news: JsonObject, settings = IMMUTABLE, live: JsonObject = olds, ignoreChanges: string[] = []) {
  const { changes, deleteBeforeReplace } = diffObject({ state: live, oldInputs: olds, news, ignoreChanges }, settings);
  const detailed = Object.fromEntries(
    [...changes].map(([path, each]) => [path, `${each.kind}${each.replaces ? ' replaces' : ''}`]),
  );
  return { detailed, deleteBeforeReplace };
}
function object(
  apiVersion: string,
  kind: string,
  more: JsonObject,
  metadata: JsonObject = { name: 'a', namespace: 'n' },
): JsonObject {
  return { apiVersion, kind, metadata, ...more };
}
const AUTONAMED = { name: 'a-0badcafe', namespace: 'n', annotations: { 'pulumi.com/autonamed': 'true' } };

describe('a Secret or ConfigMap whose data changes', () => {
  test.each([
    ['Secret', 'data'],
    ['ConfigMap', 'data'],
    ['ConfigMap', 'binaryData'],
  ])('%s %s: is replaced, deleted first if the program named it', (kind, key) => {
    const [olds, news] = ['one', 'two'].map((value) => object('v1', kind, { [key]: secret({ k: value }) }));
    expect(diff(olds ?? {}, news ?? {})).toEqual({ detailed: { [`${key}.k`]: 'update replaces' }, deleteBeforeReplace: true });
  });

  test.each(['Secret', 'ConfigMap'])('%s: is replaced, created first if it is auto-named', (kind) => {
    const [olds, news] = ['one', 'two'].map((value) => object('v1', kind, { data: { k: value } }, AUTONAMED));
    expect(diff(olds ?? {}, news ?? {})).toEqual({ detailed: { 'data.k': 'update replaces' }, deleteBeforeReplace: false });
  });

  test.each(['Secret', 'ConfigMap'])('%s: is updated in place where the provider says that it is mutable', (kind) => {
    const olds = object('v1', kind, { data: { k: 'one', gone: 'x' } });
    const news = object('v1', kind, { data: { k: UNKNOWN, new: 'y' } });
    expect(diff(olds, news, MUTABLE)).toEqual({
      detailed: { 'data.k': 'update', 'data.gone': 'delete', 'data.new': 'add' },
      deleteBeforeReplace: false,
    });
  });

  test('a Secret of another type is replaced even so', () => {
    const [olds, news] = ['Opaque', 'kubernetes.io/tls'].map((type) => object('v1', 'Secret', { type }));
    expect(diff(olds ?? {}, news ?? {}, MUTABLE).detailed).toEqual({ type: 'update replaces' });
  });
});

describe('what replaces and what updates', () => {
  test.each<[string, JsonObject, JsonObject, Record<string, string>]>([
    [
      "a Deployment's selector",
      object('apps/v1', 'Deployment', { spec: { selector: { matchLabels: { app: 'a' } } } }),
      object('apps/v1', 'Deployment', { spec: { selector: { matchLabels: { app: 'b' } } } }),
      { 'spec.selector.matchLabels.app': 'update replaces' },
    ],
    [
      "a Deployment's image",
      object('apps/v1', 'Deployment', { spec: { template: { spec: { containers: [{ image: 'a' }] } } } }),
      object('apps/v1', 'Deployment', { spec: { template: { spec: { containers: [{ image: 'b' }] } } } }),
      { 'spec.template.spec.containers[0].image': 'update' },
    ],
    [
      "a Service's clusterIP",
      object('v1', 'Service', { spec: { clusterIP: '10.96.0.1' } }),
      object('v1', 'Service', { spec: { clusterIP: '10.96.0.2' } }),
      { 'spec.clusterIP': 'update replaces' },
    ],
    [
      "a Service's port",
      object('v1', 'Service', { spec: { ports: [{ port: 1 }] } }),
      object('v1', 'Service', { spec: { ports: [{ port: 2 }] } }),
      { 'spec.ports[0].port': 'update' },
    ],
    [
      "a binding's roleRef",
      object('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', { roleRef: { name: 'a' } }),
      object('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', { roleRef: { name: 'b' } }),
      { 'roleRef.name': 'update replaces' },
    ],
    [
      "a Job's template",
      object('batch/v1', 'Job', { spec: { template: { spec: { restartPolicy: 'Never' } } } }),
      object('batch/v1', 'Job', { spec: { template: { spec: { restartPolicy: 'OnFailure' } } } }),
      { 'spec.template.spec.restartPolicy': 'update replaces' },
    ],
    [
      "a StatefulSet's serviceName",
      object('apps/v1', 'StatefulSet', { spec: { serviceName: 'a' } }),
      object('apps/v1', 'StatefulSet', { spec: { serviceName: 'b' } }),
      { 'spec.serviceName': 'update replaces' },
    ],
    [
      "a webhook's caBundle",
      object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', {
        webhooks: [{ clientConfig: { caBundle: 'YQ==' } }],
      }),
      object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', {
        webhooks: [{ clientConfig: { caBundle: 'Yg==' } }],
      }),
      { 'webhooks[0].clientConfig.caBundle': 'update' },
    ],
    [
      'a label whose key has a dot',
      object('v1', 'ConfigMap', {}, { name: 'a', labels: { 'tengu.io/provides': 'db' } }),
      object('v1', 'ConfigMap', {}, { name: 'a' }),
      { 'metadata.labels': 'delete' },
    ],
  ])('%s', (_, olds, news, expected) => {
    expect(diff(olds, news).detailed).toEqual(expected);
  });

  test.each(['name', 'namespace'])('another %s replaces any kind, created first', (key) => {
    const olds = object('v1', 'ServiceAccount', {});
    const news = object('v1', 'ServiceAccount', {}, { name: 'a', namespace: 'n', [key]: 'other' });
    expect(diff(olds, news)).toEqual({ detailed: { [`metadata.${key}`]: 'update replaces' }, deleteBeforeReplace: false });
  });

  test('an unknown spec may be one with another selector: so a Deployment goes with the Secret that it depends on', () => {
    const olds = object('apps/v1', 'Deployment', { spec: { replicas: 1, selector: { matchLabels: { app: 'a' } } } });
    const { detailed, deleteBeforeReplace } = diff(olds, { ...olds, spec: UNKNOWN });
    expect(detailed).toEqual({ spec: 'update', 'spec.selector': 'update replaces' });
    expect(deleteBeforeReplace).toBe(true);
  });

  test('an unknown value beside what is immutable is an update', () => {
    const spec = { selector: { matchLabels: { app: 'a' } }, template: { metadata: { annotations: { at: 'x' } } } };
    const news = { ...spec, template: { metadata: { annotations: { at: UNKNOWN } } } };
    const { detailed } = diff(object('apps/v1', 'Deployment', { spec }), object('apps/v1', 'Deployment', { spec: news }));
    expect(detailed).toEqual({ 'spec.template.metadata.annotations.at': 'update' });
  });

  test('what ignoreChanges names is left alone', () => {
    const bundle = (caBundle: string) => object('v1', 'X', { webhooks: [{ clientConfig: { caBundle } }] });
    const ignored = ['webhooks[*].clientConfig.caBundle'];
    expect(diff(bundle('a'), bundle('a'), IMMUTABLE, bundle('injected'), ignored).detailed).toEqual({});
  });
});

describe('the live object', () => {
  const inputs = object('apps/v1', 'Deployment', {
    spec: {
      replicas: 1,
      template: { spec: { containers: [{ name: 'c', resources: { limits: { cpu: '1000m', memory: '1Gi' } }, env: [] }] } },
    },
  });

  test('may have defaults, a status and other spellings without being changed', () => {
    const live = object('apps/v1', 'Deployment', {
      status: { replicas: 1 },
      spec: {
        replicas: 1,
        revisionHistoryLimit: 10,
        template: {
          spec: { containers: [{ name: 'c', imagePullPolicy: 'Always', resources: { limits: { cpu: '1', memory: '1Gi' } } }] },
        },
      },
    });
    expect(diff(inputs, inputs, IMMUTABLE, live).detailed).toEqual({});
  });

  test('that somebody scaled is to be scaled back', () => {
    const live = { ...inputs, spec: { ...Object(inputs.spec), replicas: 3 } };
    expect(diff(inputs, inputs, IMMUTABLE, live).detailed).toEqual({ 'spec.replicas': 'update' });
  });

  test('that lost a field gets it again', () => {
    const [olds, live] = [{ a: '1', b: '2' }, { a: '1' }].map((data) => object('v1', 'ConfigMap', { data }));
    expect(diff(olds ?? {}, olds ?? {}, MUTABLE, live).detailed).toEqual({ 'data.b': 'add' });
  });
});
