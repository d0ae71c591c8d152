import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runSession } from '../../../local/pulumi/session.ts';
import { until } from '../until.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orcon-session-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const sh = (script: string, more: { signal?: AbortSignal; grace?: number; onLine?: (line: string, from: string) => void } = {}) =>
  runSession('/bin/sh', ['-c', script], { cwd: folder, env: process.env, ...more });

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8')); // a zombie has ended
  } catch {
    return false;
  }
}

test('it tells the code, and both streams as a whole and line by line', async () => {
  const lines: string[] = [];
  const outcome = await sh('echo one; echo two >&2; exit 3', { onLine: (line, from) => lines.push(`${from}: ${line}`) });
  expect(outcome).toEqual({ code: 3, stdout: 'one\n', stderr: 'two\n' });
  expect(lines.sort()).toEqual(['stderr: two', 'stdout: one']);
});

test('a program that does not exist is an error', async () => {
  await expect(runSession('/no/such/program', [], { cwd: folder, env: {} })).rejects.toThrow('ENOENT');
});

test('what the program left running in a process group of its own is killed with its end', async () => {
  // as Pulumi's engine does with its plugins
  const { stdout } = await sh('set -m; sleep 1000 >/dev/null 2>&1 & echo $!');
  await until(() => !isAlive(Number(stdout)));
});

test('what a killed program left running is killed too', async () => {
  const pids = join(folder, 'pids');
  const running = sh(`set -m; sleep 1000 & echo $! $$ > ${pids}; wait`);
  await until(() => existsSync(pids) && readFileSync(pids, 'utf8').endsWith('\n'));
  const [child = 0, leader = 0] = readFileSync(pids, 'utf8').split(' ').map(Number);
  process.kill(leader, 'SIGKILL');
  expect((await running).code).toBe(137);
  await until(() => !isAlive(child));
});

test('a signal interrupts the program, which may end in its own way', async () => {
  const ready = join(folder, 'ready');
  const controller = new AbortController();
  const running = sh(`trap 'echo stopped; exit 7' INT; touch ${ready}; while :; do sleep 0.01; done`, {
    signal: controller.signal,
  });
  await until(() => existsSync(ready));
  controller.abort();
  expect(await running).toMatchObject({ code: 7, stdout: 'stopped\n' });
});

test('one that does not end by itself after an interrupt is killed when the grace is over', async () => {
  const ready = join(folder, 'ready');
  const controller = new AbortController();
  const running = sh(`trap '' INT; touch ${ready}; while :; do sleep 0.01; done`, { signal: controller.signal, grace: 10 });
  await until(() => existsSync(ready));
  controller.abort();
  expect((await running).code).toBe(137);
});
