/** That one run tells of every fault, whatever hides behind whatever, and of no secret. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { faults } from './faults.ts';

/** What the lines of an error are about: `orcon:replicas`, with the place in it. */
const subjects = (lines: readonly string[]) => lines.map((line) => line.split(' ', 1)[0]);

describe('all faults come at once', () => {
  test('of any keys', () => {
    const found = faults({
      'orcon:replicas': '"two"',
      'orcon:hold': 'gently',
      'orcon:namespace': 'No Label',
      'orcon:certificateHours': '10',
      'orcon:certificateRenewalHours': '10',
      'orcon:tyop': '1',
      'orcon:expectedContext': 'there',
    });
    expect(subjects(found)).toEqual([
      'kubernetes:context',
      'orcon:certificateRenewalHours',
      'orcon:hold',
      'orcon:namespace',
      'orcon:replicas',
      'orcon:tyop',
    ]);
  });

  test.each([
    ['of a list', { 'orcon:apiServerPorts': '[0,443,70000]' }, ['orcon:apiServerPorts[0]', 'orcon:apiServerPorts[2]']],
    [
      'of objects in a list',
      { 'orcon:tolerations': '[{"effect":"Never","key":"a b"},{"key":"a"},{"key":"b"},{"operator":"Equals"}]' },
      ['orcon:tolerations[0].effect', 'orcon:tolerations[0].key', 'orcon:tolerations[3].operator'],
    ],
    [
      'of an object',
      { 'orcon:webhookResources': '{"requests":{"cpu":"x","gpu":"1"},"limits":{"memory":"y"}}' },
      ['orcon:webhookResources.limits.memory', 'orcon:webhookResources.requests', 'orcon:webhookResources.requests.cpu'],
    ],
  ])('%s', (_, config, expected) => {
    expect(subjects(faults(config))).toEqual(expected);
  });

  test('a key that cannot be read hides nothing that is wrong without it', () => {
    const found = faults({ 'orcon:namespace': 'No Label', 'orcon:namespaces': '["kube-system"]' });
    expect(found).toEqual([
      expect.stringContaining('orcon:namespace is "No Label"'),
      expect.stringContaining('orcon:namespaces has "kube-system"'),
    ]);
  });

  test('an entry that cannot be read hides nothing that is wrong with others', () => {
    expect(subjects(faults({ 'orcon:namespaces': '["No Label","shop","kube-public","shop","orcon-system"]' }))).toEqual([
      'orcon:namespaces',
      'orcon:namespaces',
      'orcon:namespaces',
      'orcon:namespaces[0]',
    ]);
    const labels = { team: 'our team', 'app.kubernetes.io/name': 'mine' };
    expect(faults({ 'orcon:labels': JSON.stringify(labels) })).toEqual([
      expect.stringContaining('orcon:labels has "app.kubernetes.io/name"'),
      expect.stringContaining('orcon:labels.team is "our team"'),
    ]);
    const containers = [{ name: 'tengu-gate', image: 'x' }, { name: 'own' }];
    expect(subjects(faults({ 'orcon:initContainers': JSON.stringify(containers) }))).toEqual([
      'orcon:initContainers',
      'orcon:initContainers[1].image',
    ]);
  });

  test('of every name that is there twice, each once', () => {
    expect(faults({ 'orcon:pullSecrets': '["a","b","a","c","b","a"]' })).toEqual([
      expect.stringContaining('orcon:pullSecrets has "a" twice'),
      expect.stringContaining('orcon:pullSecrets has "b" twice'),
    ]);
  });

  test('what cannot be read is no reason for a fault elsewhere', () => {
    expect(subjects(faults({ 'orcon:instance': 'blue', 'orcon:namespaces': '["No Label"]' }))).toEqual(['orcon:namespaces[0]']);
    expect(subjects(faults({ 'orcon:namespace': 'shop', 'orcon:namespaces': 'shop' }))).toEqual(['orcon:namespaces']);
    expect(subjects(faults({ 'orcon:instance': 'No Label', 'orcon:labels': '{"app.kubernetes.io/instance":"mine"}' }))).toEqual([
      'orcon:instance',
    ]);
    expect(subjects(faults({ 'orcon:trustedAuthorities': '["a","c"]', 'orcon:signingAuthority': 'b' }))).toEqual([
      'orcon:trustedAuthorities[1]',
    ]);
  });

  test('however many of them there are', () => {
    const single: readonly Record<string, string>[] = [
      { 'orcon:namespace': 'kube-system' },
      { 'orcon:namespaces': '["kube-public","No Label"]' },
      { 'orcon:webhookImage': 'x:1' },
      { 'orcon:registry': 'https://ghcr.io' },
      { 'orcon:registryUsername': 'me' },
      { 'orcon:replicas': '0' },
      { 'orcon:tolerations': '[{"operator":"Equals"},{"effect":"Never","key":"a"}]' },
      { 'orcon:labels': '{"team":"our team","app.kubernetes.io/name":"mine"}' },
      { 'orcon:annotations': '{"pulumi.com/skipAwait":"true"}' },
      { 'orcon:apiServerPorts': '[0,443,443]' },
      { 'orcon:webhookPort': '8081' },
      { 'orcon:initContainers': '[{"name":"tengu-gate","image":"x"},{"name":"own"}]' },
      { 'orcon:trustedAuthorities': '["a","a"]' },
      { 'orcon:certificateHours': 'one' },
      { 'kubernetes:kubeconfig': '{"apiVersion":"v1"}' },
    ];
    for (const one of single) expect(faults(one)).not.toEqual([]);
    fc.assert(
      fc.property(fc.subarray([...single]), (some) => {
        expect(faults(Object.assign({}, ...some))).toEqual(some.flatMap((one) => faults(one)).sort());
      }),
    );
  });
});
