/** Puts stand-ins where Pulumi's engine looks for plugins. */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProviderName } from './versions.ts';

/**
 * Makes the stand-in the program `pulumi-resource-<name>` of the plugin's folder, to be run with the Node that runs now.
 * It is bundled once for each state of its sources: a plugin starts with every run of Pulumi, and the Kubernetes client
 * alone takes a second to load from its hundreds of files.
 */
export async function installStandIn(folder: string, name: ProviderName): Promise<void> {
  const bundle = `stand-in-${await digestOfSources()}.mjs`;
  const starter = `pulumi-resource-${name}`;
  const script = `#!/bin/sh
# A stand-in for Pulumi's ${name} provider where the official plugin cannot be had.
exec ${quote(process.execPath)} ${quote(join(folder, bundle))} "$@"
`;
  const entries = await readdir(folder).catch((): string[] => []);
  if (entries.includes(bundle) && (await readFile(join(folder, starter), 'utf8').catch(() => '')) === script) return;
  await mkdir(folder, { recursive: true });
  await putInPlace(join(folder, bundle), (path) => bundleStandIn(name, path));
  await putInPlace(join(folder, starter), async (path) => {
    await writeFile(path, script);
    await chmod(path, 0o755);
  });
  const obsolete = entries.filter((entry) => entry !== bundle && entry !== starter);
  await Promise.all(obsolete.map((entry) => rm(join(folder, entry), { recursive: true, force: true })));
}

/** In one step, because another run may be about to start the plugin. */
async function putInPlace(path: string, write: (path: string) => Promise<void>): Promise<void> {
  const unfinished = `${path}.${process.pid}`;
  await write(unfinished);
  await rename(unfinished, path);
}

async function bundleStandIn(name: ProviderName, outfile: string): Promise<void> {
  const { build } = await import('esbuild'); // only here: loading it takes longer than all else
  await build({
    entryPoints: [fileURLToPath(new URL(`./${name}/main.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // CommonJS packages inside ask for Node's own modules by `require`, which an ES module has not.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
}

/** Of the stand-ins' sources and of the packages that go into them. */
async function digestOfSources(): Promise<string> {
  const root = fileURLToPath(new URL('.', import.meta.url));
  const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.ts')).sort();
  const files = [...names.map((name) => join(root, name)), join(root, '../../package-lock.json')];
  const contents = await Promise.all(files.map((file) => readFile(file)));
  return contents
    .reduce((hash, content) => hash.update(content).update('\0'), createHash('sha256'))
    .digest('hex')
    .slice(0, 16);
}

function quote(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
