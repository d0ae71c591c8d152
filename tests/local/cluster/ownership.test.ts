import { expect, test } from '@jest/globals';
import { ownership, refusal, type Witness } from '../../../local/cluster/ownership.ts';
import { record } from './fixtures.ts';

const kubeletLives: Witness = { boot: 'boot-1', isAlive: ({ pid }) => pid === 101, exists: () => true };
const { checkout } = record;

test.each<[string, string, string, Witness]>([
  ['ours where this checkout started it', 'ours', checkout, kubeletLives],
  ["another's where its checkout is still there", 'other', '/home/two/orcon', kubeletLives],
  ['abandoned where its checkout is gone', 'abandoned', '/home/two/orcon', { ...kubeletLives, exists: () => false }],
  ["nobody's where none of its processes lives", 'none', '/home/two/orcon', { ...kubeletLives, isAlive: () => false }],
  [
    "nobody's after the machine was started again, whatever has its pids now",
    'none',
    checkout,
    { ...kubeletLives, boot: 'boot-2' },
  ],
])('a recorded cluster is %s', (_, expected, from, witness) => {
  expect(ownership(record, from, witness)).toBe(expected);
});

test('without a record there is no cluster', () => {
  expect(ownership(undefined, checkout, kubeletLives)).toBe('none');
});

test('the refusal names the other checkout and both ways out', () => {
  expect(refusal(record)).toContain('/home/one/orcon');
  expect(refusal(record)).toContain('npm run cluster:down');
  expect(refusal(record)).toContain('npm run cluster:up -- --take-over');
});
