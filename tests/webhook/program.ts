import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issue, type Pair } from './certificates.ts';
import { until } from './until.ts';

export const MAIN = join(import.meta.dirname, '../../webhook/main.ts');
export const GATE = 'initContainers: [{ name: gate, image: gate:1 }]\n';

/** The webhook as a process of its own, with files of its own. */
export interface Program {
  readonly process: ChildProcess;
  readonly port: number;
  readonly healthPort: number;
  readonly pair: Pair;
  /** All that it has written to stdout. */
  readonly output: () => string;
  /** Resolves to its exit code, or to the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export interface Files {
  readonly folder: string;
  readonly flags: readonly string[];
  readonly pair: Pair;
  readonly remove: () => Promise<void>;
}

/** A folder with settings and certificate, and the flags that name them. */
export async function files(config = GATE, pair?: Pair): Promise<Files> {
  const issued = pair ?? (await issue());
  const folder = await mkdtemp(join(tmpdir(), 'orcon-program-'));
  const path = (name: string) => join(folder, name);
  await writeFile(path('tenguconfig.yaml'), config);
  await writeFile(path('cert.pem'), issued.cert);
  await writeFile(path('key.pem'), issued.key);
  const flags = ['-tenguCfgFile', path('tenguconfig.yaml'), `-tlsCertFile=${path('cert.pem')}`, '--tlsKeyFile', path('key.pem')];
  return { folder, flags, pair: issued, remove: () => rm(folder, { recursive: true }) };
}

/** Starts `entry` with Node, and waits until it serves. */
export async function start({ flags, pair }: Files, env: Readonly<Record<string, string>> = {}, entry = MAIN): Promise<Program> {
  const child = spawn(process.execPath, [entry, ...flags, '-port=0', '-healthPort=0'], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let complaint = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal);
  await until('the webhook serves', () => {
    if (child.exitCode !== null) throw new Error(`the webhook has ended with ${child.exitCode}: ${complaint}`);
    return /\bserving\b.*\n/.test(output);
  });
  const number = (name: string) => Number(new RegExp(`"${name}":(\\d+)`).exec(output)?.[1]);
  return { process: child, port: number('port'), healthPort: number('healthPort'), pair, output: () => output, ended };
}
