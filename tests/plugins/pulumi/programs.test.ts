import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { besideEachOther, type PulumiPrograms } from '../../../local/pulumi/programs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orcon-programs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function program(path: string, content = '#!/bin/sh\n'): string {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  chmodSync(full, 0o755);
  return full;
}
const programs = (cli: string, host: string): PulumiPrograms => ({ pulumi: cli, 'pulumi-language-nodejs': host });
const inode = (path: string) => statSync(path).ino;

test('an installation that has both in one place is used where it is, also through links', async () => {
  const both = programs(program('opt/pulumi'), program('opt/pulumi-language-nodejs'));
  const links = programs(join(folder, 'cli'), join(folder, 'host'));
  symlinkSync(both.pulumi, links.pulumi);
  symlinkSync(both['pulumi-language-nodejs'], links['pulumi-language-nodejs']);
  expect(await besideEachOther(both, join(folder, 'bin'))).toBe(both.pulumi);
  expect(await besideEachOther(links, join(folder, 'bin'))).toBe(both.pulumi);
});

test('two that lie apart are put beside each other, and again when one of them changes', async () => {
  const apart = programs(program('a/pulumi'), program('b/pulumi-language-nodejs'));
  const bin = join(folder, 'bin');
  expect(await besideEachOther(apart, bin)).toBe(join(bin, 'pulumi'));
  expect(inode(join(bin, 'pulumi'))).toBe(inode(apart.pulumi));
  rmSync(apart['pulumi-language-nodejs']);
  program('b/pulumi-language-nodejs', '#!/bin/sh\nexit 0\n');
  await besideEachOther(apart, bin);
  expect(inode(join(bin, 'pulumi-language-nodejs'))).toBe(inode(apart['pulumi-language-nodejs']));
});
