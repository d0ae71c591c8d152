import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Deployed, deploy } from './deploy.ts';
import { whole } from './whole.ts';

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
}

/** Kind, namespace and name of every object in the cluster: what the API server tells objects by. */
const identities = ({ resources }: Deployed): string[] =>
  resources
    .filter(({ type }) => type.startsWith('kubernetes:'))
    .map(({ type, inputs }): [string, Metadata] => [type, inputs.metadata])
    .map(([type, { namespace = '', name }]) => `${type} ${namespace}/${name}`);

const instance = (name: string, namespaces: readonly string[]) =>
  deploy(() => whole({ instance: name, namespace: `orcon-${name}`, namespaces }));

describe('two instances in one cluster', () => {
  let blue: Deployed;
  let green: Deployed;
  beforeAll(async () => {
    blue = await instance('blue', ['shop']);
    green = await instance('green', ['bank', 'desk']);
  });

  test('have no object in common', () => {
    const found = [...identities(blue), ...identities(green)];
    expect(new Set(found).size).toBe(found.length);
  });

  test('name what is outside their own namespace after themselves', () => {
    const outside = green.resources
      .map(({ inputs }) => inputs?.metadata)
      .filter((metadata) => metadata !== undefined && metadata.namespace !== 'orcon-green' && metadata.name !== 'orcon-green');
    expect(outside.map(({ namespace, name }) => `${namespace ?? 'the cluster'}: ${name}`).sort()).toEqual([
      'bank: tengu-controllers-green',
      'bank: tengu-controllers-green',
      'desk: tengu-controllers-green',
      'desk: tengu-controllers-green',
      'the cluster: relations-mutating-webhook-green',
      ...['configmaps', 'events', 'pods', 'workloads'].flatMap((kind) => [
        `the cluster: tengu-controllers-${kind}-green`,
        `the cluster: tengu-controllers-${kind}-green`,
      ]),
    ]);
    expect(green.get('MutatingWebhookConfiguration').inputs.webhooks[0].name).toBe('relations-mutating-webhook-green.tengu.io');
  });

  test('are told apart by a label on every object', () => {
    for (const { type, inputs } of green.resources) {
      if (type.startsWith('kubernetes:')) expect(inputs.metadata.labels['app.kubernetes.io/instance']).toBe('green');
    }
  });

  test('are called by the API server each for its own namespaces', () => {
    for (const [deployed, names] of [
      [blue, ['shop']],
      [green, ['bank', 'desk']],
    ] as const) {
      const [webhook] = deployed.get('MutatingWebhookConfiguration').inputs.webhooks;
      expect(webhook.namespaceSelector.matchExpressions).toContainEqual({
        key: 'kubernetes.io/metadata.name',
        operator: 'In',
        values: names,
      });
    }
  });
});

test('an instance that would look after the namespaces of all others is refused', async () => {
  await expect(instance('blue', [])).rejects.toThrow('list its own');
});
