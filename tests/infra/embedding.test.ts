import { join } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Outcome, runProgram } from '../../local/offline/program.ts';
import { violations } from '../../policy/resource.ts';
import { rules } from '../../policy/rules.ts';
import { resourcesOf } from '../policy/resources.ts';
import { expectListed } from './listing.ts';

// It runs the program in a process of its own, apps bundled and all: 3 s on an idle machine.
jest.setTimeout(120_000);

describe('the example of two orcons in one cluster', () => {
  let preview: Outcome;
  beforeAll(async () => {
    preview = await runProgram('dev', true, {}, join(import.meta.dirname, '../../examples/embedding'));
  });
  /** Inputs of the resources of a type, `orcon:index:Orcon` say, by logical name. */
  // biome-ignore lint/suspicious/noExplicitAny: inputs have as many shapes as there are resource types
  const ofType = (end: string): [string, any][] =>
    preview.asked.filter(({ type }) => type.endsWith(`:${end}`)).map(({ name, inputs }) => [name, inputs]);

  test('is previewed without an error', () => {
    expect(preview).toMatchObject({ exitCode: 0, errors: [] });
  });

  test('would create what its listing says', () => {
    expectListed('embedding', preview.asked);
  });

  test('keeps every rule', () => {
    expect(violations(rules, resourcesOf(preview.asked))).toEqual([]);
  });

  test('gives no two objects one name', () => {
    const names = preview.asked
      .filter(({ type }) => type.startsWith('kubernetes:'))
      .map(({ type, inputs }) => JSON.parse(JSON.stringify([type, inputs.metadata])))
      .map(([type, { namespace = '', name }]) => `${type} ${namespace}/${name}`);
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('has the API server call each for its own namespaces, and neither for one of the other', () => {
    const selected = ofType('MutatingWebhookConfiguration').map(([name, { webhooks }]) => [
      name,
      webhooks.flatMap(({ namespaceSelector }: { namespaceSelector: { matchExpressions: Expression[] } }) =>
        namespaceSelector.matchExpressions.filter(({ operator }) => operator === 'In').map(({ values }) => values),
      ),
    ]);
    expect(Object.fromEntries(selected)).toEqual({
      'blue-admission': [['shop']],
      'green-admission': [['bank', 'desk']],
    });
  });

  test('gives each controller rights in its own namespaces alone', () => {
    expect(ofType('ClusterRole')).toEqual([]);
    const places = ofType('RoleBinding').map(([, { metadata, subjects }]) => `${subjects[0].namespace} in ${metadata.namespace}`);
    expect(places.sort()).toEqual([
      'orcon-blue in orcon-blue',
      'orcon-blue in shop',
      'orcon-green in bank',
      'orcon-green in desk',
      'orcon-green in orcon-green',
    ]);
  });

  test('builds each image once', () => {
    expect(ofType('Image').map(([name]) => name)).toEqual(['images-webhook', 'images-controller', 'images-gate']);
  });
});

interface Expression {
  readonly operator: string;
  readonly values: readonly string[];
}
