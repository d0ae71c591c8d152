import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from './cluster/ask.ts';
import { find } from './cluster/find-program.ts';
import { build, GO_PROGRAMS, lookUp } from './cluster/go-builds.ts';
import { places } from './cluster/places.ts';

/**
 * What actionlint finds in the workflows of a folder, a line each; it is built the first time, in seconds. Without the linters
 * of other languages that it would run where they are installed: what it says depends on the workflows alone.
 */
export async function lintWorkflows(folder: string): Promise<readonly string[]> {
  const { checkout, cache } = places();
  const go = find('go');
  if (go === undefined) throw new Error('actionlint is built by Go, and there is none: install Go 1.21 or newer');
  const version = (await ask(go, ['env', 'GOVERSION']))?.trim() ?? '';
  const actionlint = lookUp(GO_PROGRAMS.actionlint, checkout, cache, version);
  if (!actionlint.isBuilt) await build(actionlint, go, cache);
  return new Promise((resolve, reject) => {
    const files = readdirSync(folder).map((file) => join(folder, file));
    const options = ['-no-color', '-oneline', '-shellcheck=', '-pyflakes=', ...files];
    const child = execFile(actionlint.path, options, { cwd: checkout }, (_error, found, complaint) => {
      // 1 says that something was found; more, that it did not get as far.
      if (child.exitCode === 0 || child.exitCode === 1) resolve(found.split('\n').filter((line) => line !== ''));
      else reject(new Error(`actionlint ended with ${child.exitCode}: ${complaint}`));
    });
  });
}
