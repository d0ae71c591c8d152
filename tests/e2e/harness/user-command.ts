import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cluster } from './cluster.ts';

const CHECKOUT = join(import.meta.dirname, '../../..');

/** How a command ended. */
export interface Ended {
  readonly code: number;
  /** All that it printed. */
  readonly said: string;
}

/** Runs an npm script as a user of the cluster does, with the kubeconfig alone. */
export const npmRun = (script: string, ...args: readonly string[]): Promise<Ended> =>
  npmRunAs(cluster.kubeconfig, script, ...args);

/** Likewise with another kubeconfig. */
export async function npmRunAs(kubeconfig: string, script: string, ...args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const command = ['run', '--silent', script, '--', ...args];
  return promisify(execFile)('npm', command, { cwd: CHECKOUT, env }).then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    (failed: { code: number; stdout: string; stderr: string }) => ({ code: failed.code, said: failed.stdout + failed.stderr }),
  );
}

/** The lines of the first console block below a heading of a page in docs/ that a user types. */
export function documentedLines(page: string, heading: string): readonly string[] {
  const text = readFileSync(join(CHECKOUT, 'docs', page), 'utf8');
  const block = text.split(`## ${heading}\n`)[1]?.split('```console\n')[1]?.split('```')[0];
  if (block === undefined) throw new Error(`docs/${page}: no console block below ${heading}`);
  return block.split('\n').flatMap((line) => (line.startsWith('$ ') ? line.slice(2) : []));
}

/** The same, word by word as a shell has them; what stands behind a # is left out. */
export const documentedCommands = (page: string, heading: string): readonly (readonly string[])[] =>
  documentedLines(page, heading).map((line) =>
    [...(line.split(' # ')[0] ?? '').matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word),
  );
