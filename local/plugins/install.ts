/** Puts stand-ins where Pulumi's engine looks for plugins. */
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProviderName } from './versions.ts';

/**
 * Writes the stand-in's starter into the plugin's folder: a program `pulumi-resource-<name>` that runs it from this
 * checkout, with the Node that runs now.
 */
export async function installStandIn(folder: string, name: ProviderName): Promise<void> {
  const main = fileURLToPath(new URL(`./${name}/main.ts`, import.meta.url));
  const script = `#!/bin/sh
# A stand-in for Pulumi's ${name} provider where the official plugin cannot be had.
exec ${quote(process.execPath)} --disable-warning=ExperimentalWarning ${quote(main)} "$@"
`;
  const path = join(folder, `pulumi-resource-${name}`);
  if ((await readFile(path, 'utf8').catch(() => '')) === script) return;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(`${path}.new`, script);
  await chmod(`${path}.new`, 0o755);
  await rename(`${path}.new`, path); // in one step: another run may be about to start it
}

function quote(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
