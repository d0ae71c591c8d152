import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ALL_KINDS } from '../../relations/kinds.ts';
import { configMapName, derivedSalt, isDnsLabel, saltOf, workloadLabel } from '../../relations/names.ts';

const LABEL_VALUE = /^[a-z0-9]([-a-z0-9_.]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

describe('the ConfigMap of a workload', () => {
  test('is named for its kind and name', () => {
    expect(configMapName('StatefulSet', 'web')).toBe('relations-statefulset-web');
  });

  test('has the whole name as long as it fits', () => {
    const name = 'x'.repeat(253 - 'relations-deployment-'.length);
    expect(configMapName('Deployment', name)).toBe(`relations-deployment-${name}`);
  });

  test('has a shortened name with a hash where it does not', () => {
    const name = 'x'.repeat(254 - 'relations-deployment-'.length);
    expect(configMapName('Deployment', name)).toMatch(/^relations-deployment-x+-[0-9a-f]{8}$/);
    expect(configMapName('Deployment', name)).toHaveLength(253);
    expect(configMapName('Deployment', `${name}y`)).not.toBe(configMapName('Deployment', `${name}z`));
  });
});

describe('the label that finds the pods of a workload', () => {
  test('says kind and name', () => {
    expect(workloadLabel('CronJob', 'web')).toBe('cronjob.web');
  });

  test('is shortened with a hash where it would be longer than a label may be', () => {
    expect(workloadLabel('Job', 'x'.repeat(59))).toBe(`job.${'x'.repeat(59)}`);
    expect(workloadLabel('Job', 'x'.repeat(60))).toMatch(/^job\.x{50}-[0-9a-f]{8}$/);
    expect(workloadLabel('Job', `${'x'.repeat(60)}1`)).not.toBe(workloadLabel('Job', `${'x'.repeat(60)}2`));
  });
});

test('whatever a workload is called, both names are ones that the API server takes', () => {
  const part = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?$/);
  const name = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) =>
    parts
      .join('.')
      .slice(0, 253)
      .replace(/[-.]+$/, ''),
  );
  fc.assert(
    fc.property(fc.constantFrom(...ALL_KINDS), name, (kind, text) => {
      expect(workloadLabel(kind, text)).toMatch(LABEL_VALUE);
      expect(configMapName(kind, text)).toMatch(SUBDOMAIN);
      expect(configMapName(kind, text).length).toBeLessThanOrEqual(253);
    }),
  );
});

test('a salt is five characters of which none is mistaken for another', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 5, maxLength: 16 }), (bytes) => {
      expect(saltOf(bytes)).toMatch(/^[b-df-hj-np-tvwxz2456789]{5}$/);
    }),
  );
});

test('a derived salt is the same for the same texts and another for others, also where they run together alike', () => {
  expect(derivedSalt('uid', '1')).toBe(derivedSalt('uid', '1'));
  expect(derivedSalt('uid', '1')).not.toBe(derivedSalt('uid', '2'));
  expect(derivedSalt('ab', 'c')).not.toBe(derivedSalt('a', 'bc'));
});

test.each(['a', 'a-1', '0', 'x'.repeat(63)])('%s is a DNS label', (text) => {
  expect(isDnsLabel(text)).toBe(true);
});
test.each(['', '-a', 'a-', 'A', 'a.b', 'a\n', 'x'.repeat(64)])('%j is no DNS label', (text) => {
  expect(isDnsLabel(text)).toBe(false);
});
