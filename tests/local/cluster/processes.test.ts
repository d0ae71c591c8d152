import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { end, identify, isAlive, launch, type ProcessIdentity } from '../../../local/cluster/processes.ts';
import { until } from '../../../local/cluster/until.ts';
import { inFolder } from './fixtures.ts';

/** Starts a shell script that says `ready` once it listens to signals. */
async function start(script: string, folder: string): Promise<ProcessIdentity> {
  const log = join(folder, 'log');
  const process = await launch({
    program: '/bin/sh',
    args: ['-c', script],
    folder,
    environment: { PATH: '/usr/bin:/bin', GREETING: 'ready' },
    log,
  });
  expect(await until(() => readFileSync(log, 'utf8').includes('ready'), 5_000)).toBe(true);
  return process;
}

test('this process is alive under its own identity', () => {
  const ours = identify(process.pid);
  expect(ours?.pid).toBe(process.pid);
  expect(ours && isAlive(ours)).toBe(true);
});

test('a pid that nobody has is nobody', () => {
  expect(identify(2 ** 22 + 1)).toBeUndefined();
});

test('a started program gets its environment, writes to its log and ends when it is asked to', () =>
  inFolder(async (folder) => {
    const child = await start('echo $GREETING; exec sleep 60', folder);
    await end([child], 5_000);
    expect(isAlive(child)).toBe(false);
  }));

test('a program that does not listen is killed', () =>
  inFolder(async (folder) => {
    const child = await start("trap '' TERM; echo ready; while true; do sleep 60; done", folder);
    await end([child], 50);
    expect(isAlive(child)).toBe(false);
  }));

test('a process that only has the pid of ours is left alone', () =>
  inFolder(async (folder) => {
    const stranger = await start('echo ready; exec sleep 60', folder);
    await end([{ pid: stranger.pid, startTime: stranger.startTime - 1 }], 50);
    expect(isAlive(stranger)).toBe(true);
    await end([stranger], 5_000);
  }));

test('a program that cannot be started is told of', () =>
  inFolder(async (folder) => {
    const missing = { program: join(folder, 'missing'), args: [], folder, environment: {}, log: join(folder, 'log') };
    await expect(launch(missing)).rejects.toThrow(/missing.*ENOENT/);
  }));
