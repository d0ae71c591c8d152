import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { Asked } from './engine.ts';
import { type Outcome, runProgram } from './program.ts';

// Each runs the program in a process of its own, apps bundled and all: 3 s on an idle machine.
jest.setTimeout(120_000);

const SECRET_KEY = '4dabf18193072939515e22adb298388d';
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** What a reviewer wants to see of a stack, and nothing that differs between machines or with each edit of an app. */
function listing(asked: readonly Asked[]): string {
  const readable = (_key: string, value: unknown) => {
    if (typeof value === 'object' && value && SECRET_KEY in value) return '<secret>';
    if (value === UNKNOWN) return '<computed>';
    return typeof value === 'string' ? value.replace(/-[0-9a-f]{12}$/, '-<content>') : value;
  };
  const entries = asked
    .map(({ urn, inputs }): [string, unknown] => [
      urn.replace('urn:pulumi:stack::project::', '').replaceAll('::', ' '),
      JSON.parse(JSON.stringify(inputs, readable)),
    ])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return stringify(Object.fromEntries(entries), { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false });
}

describe.each(['dev', 'prod'])('the stack %s', (stack) => {
  let preview: Outcome;
  beforeAll(async () => {
    preview = await runProgram(stack, true);
  });

  test('is previewed without an error', () => {
    expect(preview).toMatchObject({ exitCode: 0, errors: [] });
  });

  test('would create what its listing says', () => {
    const file = join(import.meta.dirname, 'stacks', `${stack}.txt`);
    const found = listing(preview.asked);
    if (process.env.UPDATE_STACKS) writeFileSync(file, found);
    // A change is fine if it is meant: run this test with UPDATE_STACKS=1 and commit the file, for the reviewer to see.
    expect(found).toBe(readFileSync(file, 'utf8'));
  });
});

test('a deployment gives the outputs that its operator needs', async () => {
  const { exitCode, asked, outputs } = await runProgram('dev', false);
  expect(exitCode).toBe(0);
  const stack = asked.find(({ type }) => type === 'pulumi:pulumi:Stack');
  expect(outputs.get(stack?.urn ?? '')).toEqual({
    namespace: 'orcon-system',
    images: {
      webhook: 'digest of orcon-images-webhook',
      controller: 'digest of orcon-images-controller',
      gate: 'digest of orcon-images-gate',
    },
    certificateExpires: 'end of orcon-tls-leaf',
    authorityExpires: 'end of orcon-tls-ca-a',
    watch: 'kubectl get configmaps --all-namespaces --selector tengu.io/phase=Held --watch',
  });
});

test('with given images the program asks for no Docker daemon', async () => {
  const image = (name: string) => `example/${name}@sha256:${'7'.repeat(64)}`;
  const { exitCode, asked } = await runProgram('dev', true, {
    'orcon:config:buildImages': 'false',
    'orcon:config:webhookImage': image('webhook'),
    'orcon:config:controllerImage': image('controller'),
    'orcon:config:gateImage': image('gate'),
  });
  expect(exitCode).toBe(0);
  expect(asked.filter(({ type }) => type.includes('docker'))).toEqual([]);
});

test('with a given certificate the program issues none', async () => {
  const { exitCode, asked, outputs } = await runProgram('dev', false, {
    'orcon:config:certificateSecret': 'given',
    'orcon:config:injectCaFrom': 'orcon-system/hook',
  });
  expect(exitCode).toBe(0);
  expect(asked.filter(({ type }) => type.includes('tls'))).toEqual([]);
  const stack = asked.find(({ type }) => type === 'pulumi:pulumi:Stack');
  expect(Object.keys(outputs.get(stack?.urn ?? '') ?? {}).sort()).toEqual(['images', 'namespace', 'watch']);
});

test('a bad configuration registers nothing and is one error with every fault', async () => {
  const { exitCode, asked, errors } = await runProgram('dev', true, {
    'orcon:config:replicas': '0',
    'orcon:config:hold': 'gently',
    'kubernetes:config:context': 'production',
  });
  expect(exitCode).not.toBe(0);
  expect(asked.filter(({ type }) => type !== 'pulumi:pulumi:Stack')).toEqual([]);
  expect(errors).toEqual([
    expect.stringMatching(/kubernetes:context is "production".*\n.*orcon:hold is "gently".*\n.*orcon:replicas is 0/),
  ]);
});
