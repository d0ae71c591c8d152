import { describe, expect, test } from '@jest/globals';
import { goalLine, median, medianRatio, quantile, rounded, spread } from './figures.ts';

test.each([
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
])('the median of %j is %d', (values, expected) => expect(median(values)).toBe(expected));

test.each([
  [[5, 1, 4, 2, 3], 0.5, 3],
  [[5, 1, 4, 2, 3], 0.95, 5],
  [[7], 0.99, 7],
])('of %j the share %d is at most %d', (values, share, expected) => expect(quantile(values, share)).toBe(expected));

test('ratios are taken run by run, so that one busy run does not shift them', () =>
  expect(medianRatio([80, 8, 80], [100, 10, 100])).toBe(0.8));

test.each([
  [0.51723, '0.517'],
  [5.1723, '5.17'],
  [5172.3, '5,172'],
])('%d is told as %s', (value, text) => expect(rounded(value)).toBe(text));

test('a spread names the middle, the smallest and the largest', () =>
  expect(spread({ unit: 'ms', values: [12, 10, 11.5] })).toBe('11.5 ms (10-12)'));

describe('a goal', () => {
  const goal = { what: 'requests a second', unit: '', limit: 0.75 };

  test.each([
    [{ ...goal, bound: 'at least', measured: 0.75 }, 'ok        requests a second: 0.75 (goal: at least 0.75)'],
    [{ ...goal, bound: 'at least', measured: 0.5 }, 'short of  requests a second: 0.5 (goal: at least 0.75)'],
    [{ ...goal, bound: 'at most', measured: 0.5 }, 'ok        requests a second: 0.5 (goal: at most 0.75)'],
    [{ ...goal, bound: 'at most', measured: Number.NaN }, 'short of  requests a second: none (goal: at most 0.75)'],
  ] as const)('%j', (given, line) => expect(goalLine(given)).toBe(line));
});
