import { describe, expect, test } from '@jest/globals';
import { Admission, type AdmissionArgs } from '../../infra/index.ts';
import { deploy } from './deploy.ts';

const args: AdmissionArgs = {
  namespace: 'home',
  service: 'hook',
  server: [],
  authority: { caBundle: 'QQ==' },
  namespaces: [],
  failurePolicy: 'Fail',
  timeoutSeconds: 5,
};

async function configuration(changes: Partial<AdmissionArgs> = {}) {
  const deployed = await deploy(() => new Admission('admission', { ...args, ...changes }));
  return deployed.get('MutatingWebhookConfiguration').inputs;
}

async function webhook(changes: Partial<AdmissionArgs> = {}) {
  const { webhooks } = await configuration(changes);
  expect(webhooks).toHaveLength(1);
  return webhooks[0];
}

/** What a label selector says of a namespace, as Kubernetes reads it. */
function selects(
  selector: { matchLabels: Record<string, string>; matchExpressions: { key: string; operator: string; values: string[] }[] },
  labels: Record<string, string>,
): boolean {
  return (
    Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value) &&
    selector.matchExpressions.every(({ key, operator, values }) => values.includes(labels[key] ?? '') === (operator === 'In'))
  );
}

const namespace = (name: string, optedIn = true) => ({
  'kubernetes.io/metadata.name': name,
  ...(optedIn && { 'tengu-injector': 'enabled' }),
});

test('bears the names that the prototype had', async () => {
  const { metadata, webhooks } = await configuration();
  expect(metadata.name).toBe('relations-mutating-webhook');
  expect(webhooks[0].name).toBe('relations-mutating-webhook.tengu.io');
});

test('is called at the Service, by its own authority', async () => {
  expect((await webhook()).clientConfig).toEqual({
    caBundle: 'QQ==',
    service: { name: 'hook', namespace: 'home', path: '/mutate', port: 443 },
  });
});

describe('by an authority that is injected', () => {
  test.each([
    [{ injectCaFrom: 'home/hook' }, { 'cert-manager.io/inject-ca-from': 'home/hook' }],
    [{ injectCaFromSecret: 'home/authority' }, { 'cert-manager.io/inject-ca-from-secret': 'home/authority' }],
  ])(
    '%j: the injector is asked by an annotation, Pulumi waits for it, and the bundle is left to it',
    async (authority, asked) => {
      const deployed = await deploy(() => new Admission('admission', { ...args, authority }));
      const { inputs, ignoreChanges } = deployed.get('MutatingWebhookConfiguration');
      expect(inputs.metadata.annotations).toEqual({
        ...asked,
        'pulumi.com/waitFor': 'jsonpath={.webhooks[*].clientConfig.caBundle}',
      });
      expect(inputs.webhooks[0].clientConfig).not.toHaveProperty('caBundle');
      expect(ignoreChanges).toEqual([]);
    },
  );
});

test('is called for creation and change of the five kinds, and no subresource', async () => {
  const { rules } = await webhook();
  expect(rules).toEqual([
    {
      apiGroups: ['apps'],
      apiVersions: ['v1'],
      operations: ['CREATE', 'UPDATE'],
      resources: ['deployments', 'statefulsets', 'daemonsets'],
      scope: 'Namespaced',
    },
    {
      apiGroups: ['batch'],
      apiVersions: ['v1'],
      operations: ['CREATE', 'UPDATE'],
      resources: ['jobs', 'cronjobs'],
      scope: 'Namespaced',
    },
  ]);
});

test('says that it has no side effects, so that a dry run may call it, and answers soon or not at all', async () => {
  expect(await webhook()).toMatchObject({
    sideEffects: 'None',
    timeoutSeconds: 5,
    reinvocationPolicy: 'IfNeeded',
    matchPolicy: 'Equivalent',
    admissionReviewVersions: ['v1'],
  });
});

test.each(['Fail', 'Ignore'] as const)('takes failurePolicy %s', async (failurePolicy) => {
  expect((await webhook({ failurePolicy })).failurePolicy).toBe(failurePolicy);
});

describe('of namespaces', () => {
  test.each([
    ['one that opted in', namespace('shop'), true],
    ['one that did not', namespace('shop', false), false],
    ['kube-system, whatever it says', namespace('kube-system'), false],
    ['kube-public, whatever it says', namespace('kube-public'), false],
    ['its own, whatever it says', namespace('home'), false],
  ])('%s: %j %s', async (_, labels, expected) => {
    expect(selects((await webhook()).namespaceSelector, labels)).toBe(expected);
  });

  test('looks at those listed alone, where some are', async () => {
    const { namespaceSelector } = await webhook({ namespaces: ['shop', 'bank'] });
    expect(['shop', 'bank', 'other'].map((name) => selects(namespaceSelector, namespace(name)))).toEqual([true, true, false]);
    expect(selects(namespaceSelector, namespace('shop', false))).toBe(false);
  });
});

describe('match conditions', () => {
  test('look at annotations only after asking whether there are any: an error there is a refusal', async () => {
    const { matchConditions } = await webhook();
    const [deletion, relations] = matchConditions;
    expect(deletion.expression).toBe('!has(object.metadata.deletionTimestamp)');
    const lookups = [...relations.expression.matchAll(/' in ([\w.]+)/g)];
    for (const { 1: map, index } of lookups) expect(relations.expression.slice(0, index)).toContain(`has(${map})`);
    for (const annotation of ['tengu.io/consumes', 'tengu.io/relations', 'injector.tengu.io/stamp']) {
      expect(relations.expression).toContain(`'${annotation}' in `);
    }
    expect(lookups).toHaveLength(3);
  });
});
