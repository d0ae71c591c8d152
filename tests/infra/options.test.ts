import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { runProgram } from '../../local/offline/program.ts';
import { listing } from './listing.ts';

// A process of its own.
jest.setTimeout(120_000);

/** A program whose resources differ in their options alone. */
const PROGRAM = `
import { CustomResource } from '@pulumi/pulumi';
const resource = (name, options) => new CustomResource('some:index:Thing', name, {}, options);
const first = resource('first', {});
const second = resource('second', { protect: true, retainOnDelete: true, deleteBeforeReplace: true });
resource('third', {
  dependsOn: [second, first],
  customTimeouts: { create: '5m', delete: '10s' },
  ignoreChanges: ['spec.replicas'],
  replaceOnChanges: ['name'],
  additionalSecretOutputs: ['token'],
  deletedWith: first,
  replaceWith: [second],
  import: 'an-id',
  aliases: [{ name: 'former', type: 'some:old:Thing' }, { type: 'some:old:Thing' }],
});
resource('fourth', { deleteBeforeReplace: false });
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'orcon-options-'));
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'Pulumi.yaml'), '{ name: some, main: main.js }');
  writeFileSync(join(folder, 'Pulumi.one.yaml'), '');
  writeFileSync(join(folder, 'main.js'), PROGRAM);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('a listing has what the engine is told of a resource beside its inputs', async () => {
  const { asked, errors } = await runProgram('one', true, {}, folder);
  expect(errors).toEqual([]);
  expect(listing(asked)).toBe(`pulumi:pulumi:Stack some-one: {}
pulumi:pulumi:Stack$some:index:Thing first: {}
pulumi:pulumi:Stack$some:index:Thing fourth:
  (options):
    deleteBeforeReplace: "false"
pulumi:pulumi:Stack$some:index:Thing second:
  (options):
    deleteBeforeReplace: "true"
    protect: true
    retainOnDelete: true
pulumi:pulumi:Stack$some:index:Thing third:
  (options):
    additionalSecretOutputs:
      - token
    aliases:
      - name: former
        type: some:old:Thing
    customTimeouts:
      create: 5m
      delete: 10s
    deletedWith: Thing first
    dependsOn:
      - Thing first
      - Thing second
    ignoreChanges:
      - spec.replicas
    import: an-id
    replaceOnChanges:
      - name
    replaceWith:
      - Thing second
`);
});
