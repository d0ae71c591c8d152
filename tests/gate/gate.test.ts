import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const GATE = join(import.meta.dirname, '../../gate/gate.sh');
const PERMIT = 'TENGU_PERMIT_0_x7k2p';

/** Each shell on this machine that could stand in for the image's. */
const shells = [['busybox', 'sh'], ['dash'], ['sh']].filter(
  ([program = '', ...args]) => spawnSync(program, [...args, '-c', ':']).status === 0,
);

let folder: string;
let started: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orcon-gate-'));
  started = [];
});
afterEach(async () => {
  // With all that it has started: a container's end does that for the real one.
  for (const { pid } of started) if (pid !== undefined) killGroup(pid);
  await rm(folder, { recursive: true, force: true });
});

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}

const appears = (name: string, content = 'x') => writeFile(join(folder, name), content);

describe.each(shells.map((shell) => [shell.join(' '), shell] as const))('in %s', (_, [program = '', ...args]) => {
  /** Starts the gate with nothing in its environment but `env`. */
  function gate(env: Readonly<Record<string, string>> = { TENGU_PERMIT: PERMIT, TENGU_REQUIRED_VARS: 'DB,SSE' }) {
    // A file: what the gate has started may hold a pipe open after its end.
    const complaints = openSync(join(folder, 'complaints'), 'a');
    const child = spawn(program, [...args, GATE], {
      env: { PATH: process.env.PATH, TENGU_RELATIONS_DIR: folder, ...env },
      stdio: ['ignore', 'pipe', complaints],
      detached: true,
    });
    closeSync(complaints);
    started.push(child);
    const lines: string[] = [];
    let wake = () => {};
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.split('\n').filter((line) => line !== ''));
      wake();
    });
    const says = async (line: string) => {
      while (lines.at(-1) !== line) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
    return { child, lines, says, ended };
  }

  test('it ends with 0 when the permit is there already', async () => {
    await appears(PERMIT);
    const { lines, ended } = gate();
    expect(await ended).toBe(0);
    expect(lines).toEqual(['all there: starting']);
  });

  test('it says what is missing when that changes, and starts with the permit', async () => {
    const { lines, says, ended } = gate();
    await says('waiting for DB, SSE');
    await appears('SSE');
    await says('waiting for DB (have SSE)');
    await appears('DB');
    await says('waiting for the permit (have DB, SSE)');
    await appears(PERMIT);
    expect(await ended).toBe(0);
    expect(lines).toEqual([
      'waiting for DB, SSE',
      'waiting for DB (have SSE)',
      'waiting for the permit (have DB, SSE)',
      'all there: starting',
    ]);
    expect(await readFile(join(folder, 'complaints'), 'utf8')).toBe('');
  });

  test('the permit alone decides: it starts though a variable has no file', async () => {
    const { says, ended } = gate();
    await says('waiting for DB, SSE');
    await appears(PERMIT);
    expect(await ended).toBe(0);
  });

  test("another template's permit is none", async () => {
    await appears('TENGU_PERMIT_1_x7k2p');
    await appears('DB');
    const { says, child } = gate();
    await says('waiting for SSE (have DB)');
    expect(child.exitCode).toBeNull();
  });

  test('a value that is known to be empty is there', async () => {
    await appears('DB', '');
    await gate().says('waiting for SSE (have DB)');
  });

  test('it waits for a folder that is not there yet', async () => {
    const { says, child } = gate({ TENGU_PERMIT: PERMIT, TENGU_RELATIONS_DIR: join(folder, 'later') });
    await says('waiting for the permit');
    expect(child.exitCode).toBeNull();
  });

  test('it starts at once where the kubelet has held the pod, and put the permit itself into the environment', async () => {
    expect(await gate({ TENGU_PERMIT: 'given', TENGU_REQUIRED_VARS: 'DB' }).ended).toBe(0);
  });

  test('names are taken as they are, never as patterns', async () => {
    await appears('anything');
    await gate({ TENGU_PERMIT: PERMIT, TENGU_REQUIRED_VARS: '*' }).says('waiting for *');
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it, and never with 0, which would start the pod', async (signal) => {
    const { child, says, ended } = gate();
    await says('waiting for DB, SSE');
    child.kill(signal);
    await says('stopped while waiting');
    expect(await ended).toBe(143);
  });

  test.each<Record<string, string>>([{}, { TENGU_PERMIT: '' }])(
    'without a permit to wait for it says so and ends with 1: %j',
    async (env) => {
      const { lines, ended } = gate(env);
      expect(await ended).toBe(1);
      expect(lines).toEqual(['TENGU_PERMIT is not set: this container is for pods that the relations webhook has stamped']);
    },
  );
});

test('there is a shell to test with', () => {
  expect(shells.length).toBeGreaterThan(0);
});

test('where neither read nor sleep knows parts of a second, it rests for one between two looks', async () => {
  const slept = join(folder, 'slept');
  const real = spawnSync('sh', ['-c', 'command -v sleep']).stdout.toString().trim();
  const sleep = `#!/bin/sh\ncase $1 in *.*) exit 1 ;; esac\necho "$1" >>${slept}\nexec ${real} "$1"\n`;
  await writeFile(join(folder, 'sleep'), sleep, { mode: 0o755 });
  const env = { PATH: `${folder}:${process.env.PATH}`, TENGU_RELATIONS_DIR: folder, TENGU_PERMIT: PERMIT };
  const child = spawn('dash', [GATE], { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  started.push(child);
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  await appears(PERMIT);
  expect(await ended).toEqual([0, null]);
  // The long one holds the pipe open that it reads from.
  expect(new Set((await readFile(slept, 'utf8')).trim().split('\n'))).toEqual(new Set(['2147483647', '1']));
});
