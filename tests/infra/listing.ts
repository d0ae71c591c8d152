import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { stringify } from 'yaml';
import type { Asked } from '../../local/offline/engine.ts';

const SECRET_KEY = '4dabf18193072939515e22adb298388d';
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/**
 * Compares what a program asked for with its listing, `stacks/<name>.txt`. A change is fine if it is meant: run the test with
 * UPDATE_STACKS=1 and commit the file, for the reviewer to see.
 */
export function expectListed(name: string, asked: readonly Asked[]): void {
  const file = join(import.meta.dirname, 'stacks', `${name}.txt`);
  const found = listing(asked);
  if (process.env.UPDATE_STACKS) writeFileSync(file, found);
  if (!existsSync(file)) throw new Error(`${file} is not there yet: run the test with UPDATE_STACKS=1, and commit it`);
  expect(found).toBe(readFileSync(file, 'utf8'));
}

/** What a reviewer wants to see of a stack, and nothing that differs between machines or with each edit of an app. */
export function listing(asked: readonly Asked[]): string {
  const readable = (_key: string, value: unknown) => {
    if (typeof value === 'object' && value && SECRET_KEY in value) return '<secret>';
    if (value === UNKNOWN) return '<computed>';
    return typeof value === 'string' ? value.replace(/-[0-9a-f]{12}$/, '-<content>') : value;
  };
  const entries = asked
    .map(({ urn, inputs, options }): [string, unknown] => [
      urn.replace('urn:pulumi:stack::project::', '').replaceAll('::', ' '),
      JSON.parse(JSON.stringify({ ...(Object.keys(options).length > 0 && { '(options)': options }), ...inputs }, readable)),
    ])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return stringify(Object.fromEntries(entries), { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false });
}
