import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { reviewedStacks, stacksIn } from '../../local/offline/stacks.ts';

describe('the stacks of a checkout', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orcon-stacks-'));
    for (const stack of ['one', 'two', 'mine']) writeFileSync(join(folder, `Pulumi.${stack}.yaml`), '');
    for (const file of ['Pulumi.yaml', 'Pulumi..yaml', 'Pulumi.four.yaml.orig', 'other.yaml'])
      writeFileSync(join(folder, file), '');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const git = (...args: readonly string[]) => execFileSync('git', ['-C', folder, ...args], { stdio: 'ignore' });

  test('are those that it has files of', () => {
    expect(stacksIn(folder)).toEqual(['mine', 'one', 'two']);
  });

  // Where there is no git, as in an archive's folder on a bare machine, there is nothing that it tracks.
  const hasGit = spawnSync('git', ['--version']).status === 0;
  if (hasGit)
    test('that others review are those that git tracks', () => {
      git('init');
      expect(reviewedStacks(folder)).toEqual(['mine', 'one', 'two']);
      git('add', 'Pulumi.one.yaml', 'Pulumi.two.yaml', 'Pulumi.yaml', 'Pulumi.four.yaml.orig');
      rmSync(join(folder, 'Pulumi.two.yaml'));
      expect(reviewedStacks(folder)).toEqual(['one']);
    });

  test('that others review are all of them where git knows nothing of the folder', () => {
    expect(reviewedStacks(folder)).toEqual(['mine', 'one', 'two']);
  });
});

test('no listing is left of a stack that is gone', () => {
  const listed = readdirSync(join(import.meta.dirname, 'stacks'));
  const known = [...reviewedStacks(join(import.meta.dirname, '../..')), 'embedding'];
  expect(listed.filter((file) => !known.some((stack) => file === `${stack}.txt`))).toEqual([]);
});
