import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { locked } from '../../../local/cluster/lock.ts';
import { identify } from '../../../local/cluster/processes.ts';
import { inFolder } from './fixtures.ts';

const quiet = () => {};

test('the lock is held during the work and given back after it, also when it fails', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'state', 'lock');
    expect(await locked(file, quiet, async () => existsSync(file))).toBe(true);
    expect(existsSync(file)).toBe(false);
    await expect(locked(file, quiet, () => Promise.reject(new Error('no space left')))).rejects.toThrow('no space left');
    expect(existsSync(file)).toBe(false);
  }));

test('a second one waits until the first is done, and says so', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'lock');
    const order: string[] = [];
    const told = Promise.withResolvers<string>();
    const first = locked(file, quiet, async () => {
      order.push('first begins');
      await told.promise;
      order.push('first ends');
    });
    const second = locked(file, told.resolve, async () => order.push('second'));
    await Promise.all([first, second]);
    expect(order).toEqual(['first begins', 'first ends', 'second']);
    expect(await told.promise).toContain(file);
  }));

const ours = identify(process.pid);

test.each([
  ['of a process that is no more', JSON.stringify({ pid: process.pid, startTime: (ours?.startTime ?? 0) - 1 })],
  ['that was left empty by a full disk', ''],
])('the lock %s is taken, and nothing of it stays', (_, content) =>
  inFolder(async (folder) => {
    const file = join(folder, 'lock');
    writeFileSync(file, content);
    expect(await locked(file, quiet, async () => readFileSync(file, 'utf8'))).toBe(JSON.stringify(ours));
    expect(readdirSync(folder)).toEqual([]);
  }),
);
