import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { duration, Progress } from '../../../local/cluster/progress.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('each step is told with its number and how many there are', async () => {
  const lines: string[] = [];
  const progress = new Progress(2, (line) => lines.push(line));
  await progress.step('building etcd', async () => {});
  await progress.step('building kube', async () => {});
  expect(lines).toEqual(['[1 of 2] building etcd', '[2 of 2] building kube']);
});

test('a long step gives signs of life, and says how long it took', async () => {
  const lines: string[] = [];
  const finish = Promise.withResolvers<string>();
  const step = new Progress(1, (line) => lines.push(line)).step('building kube', () => finish.promise);
  await jest.advanceTimersByTimeAsync(195_000);
  finish.resolve('built');
  expect(await step).toBe('built');
  expect(lines).toEqual([
    '[1 of 1] building kube',
    '[1 of 1] building kube: 10 s so far',
    '[1 of 1] building kube: 20 s so far',
    '[1 of 1] building kube: 40 s so far',
    '[1 of 1] building kube: 1 min 20 s so far',
    '[1 of 1] building kube: 2 min 20 s so far',
    '[1 of 1] building kube: done in 3 min 15 s',
  ]);
});

test('a step that fails gives no further sign of life', async () => {
  const lines: string[] = [];
  const step = new Progress(1, (line) => lines.push(line)).step('building kube', () =>
    Promise.reject(new Error('no space left')),
  );
  await expect(step).rejects.toThrow('no space left');
  await jest.advanceTimersByTimeAsync(60_000);
  expect(lines).toEqual(['[1 of 1] building kube']);
});

test.each([
  [0, '0.0 s'],
  [9_940, '9.9 s'],
  [12_300, '12 s'],
  [59_600, '1 min 0 s'],
  [200_000, '3 min 20 s'],
])('%d ms are told as %s', (milliseconds, words) => {
  expect(duration(milliseconds)).toBe(words);
});
