import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { chartOf } from './chart.ts';
import { filled } from './page.ts';
import { PARTS } from './parts.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/benchmarks.md'), 'utf8');

describe('docs/benchmarks.md', () => {
  test('has a place for each part', () => {
    for (const { name } of PARTS) expect(filled(PAGE, (place) => (place === name ? 'HERE' : undefined))).toContain('HERE');
  });

  test('is left as it is where there is no result', () => expect(filled(PAGE, () => undefined)).toBe(PAGE));

  test('comes out the same from the same result a second time', () => {
    const once = filled(PAGE, (name) => `what ${name} found, $1 and all`);
    expect(filled(once, (name) => `what ${name} found, $1 and all`)).toBe(once);
  });
});

test('a chart draws what is asked of it, each with its value as text', () => {
  const figures = [
    { what: 'one < two', of: 'orcon', unit: 'ms', values: [1, 2, 3] },
    { what: 'one < two', of: 'floor', unit: 'ms', values: [4] },
    { what: 'another', of: 'orcon', unit: 'ms', values: [9] },
  ];
  const svg = chartOf({ file: 'file', title: 'Title', figures: ['one < two'] }, figures);
  expect(svg).toContain('>one &lt; two</text>');
  expect(svg).toContain('>2 ms</text>');
  expect(svg).toContain('>4 ms</text>');
  expect(svg).not.toContain('another');
});
