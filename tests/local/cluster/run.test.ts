import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { lastLines, run } from '../../../local/cluster/run.ts';
import { inFolder } from './fixtures.ts';

const script = (text: string, log: string) => run({ program: '/bin/sh', args: ['-c', text], log });

test('what a command prints is in its log', () =>
  inFolder(async (folder) => {
    const log = join(folder, 'logs', 'step.log');
    await script('echo out; echo err >&2', log);
    expect(lastLines(log)).toBe('  out\n  err');
  }));

test('a failing command is told with how it ended, its last lines and where its log is', () =>
  inFolder(async (folder) => {
    const log = join(folder, 'step.log');
    const failing = script('seq 1 100; exit 3', log);
    await expect(failing).rejects.toThrow(/\/bin\/sh .*ended with exit code 3/);
    await expect(failing).rejects.toThrow(log);
    await expect(failing).rejects.toThrow(/\n {2}86\n(.*\n)*? {2}100$/);
    await expect(failing).rejects.not.toThrow(/\n {2}85\n/);
  }));

test('a command that is killed is told with the signal', () =>
  inFolder(async (folder) => {
    await expect(script('kill -9 $$', join(folder, 'step.log'))).rejects.toThrow('ended with SIGKILL');
  }));

test('a command that is not there is told so', () =>
  inFolder(async (folder) => {
    const missing = run({ program: join(folder, 'missing'), args: [], log: join(folder, 'step.log') });
    await expect(missing).rejects.toThrow(/could not be started .*ENOENT/);
  }));

test('an empty and an absent log are told as such', () =>
  inFolder((folder) => {
    writeFileSync(join(folder, 'empty'), '');
    expect(lastLines(join(folder, 'empty'))).toMatch(/empty/);
    expect(lastLines(join(folder, 'absent'))).toMatch(/no such file/);
  }));
