/** A PULUMI_HOME of the project's own: official plugins where they can be had, stand-ins where not. */

import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installStandIn } from '../plugins/install.ts';
import { type ProviderName, VERSIONS } from '../plugins/versions.ts';
import { type DownloadOptions, download, findPlugin, lastFailure, pluginFolder, userHome } from './official.ts';

export interface HomeOptions extends DownloadOptions {
  /** The checkout that the stand-ins run from: each has a home of its own, so that two of them do not mix. */
  readonly checkout: string;
  readonly install?: typeof installStandIn;
}

export interface Home {
  readonly folder: string;
  /** The providers that are served by stand-ins. */
  readonly standIns: readonly ProviderName[];
  /** Where each plugin comes from, in one line for whoever runs Pulumi. */
  readonly summary: string;
}

const NAMES: readonly ProviderName[] = ['kubernetes', 'tls', 'docker'];

/**
 * Prepares the home. Each plugin of exactly the right version is linked in from the user's own PULUMI_HOME, else
 * downloaded within a short try, else replaced by a stand-in.
 */
export async function prepareHome(options: HomeOptions): Promise<Home> {
  const { install = installStandIn } = options;
  const folder = join(options.cache, 'homes', createHash('sha256').update(options.checkout).digest('hex').slice(0, 8));
  const plugins = join(folder, 'plugins');
  await mkdir(plugins, { recursive: true });
  const own = userHome(options.environment, options.cache);
  const absent = NAMES.filter((name) => findPlugin(own, name) === undefined);
  const downloads = absent.length > 0 ? await download(absent, options) : own;
  const standIns: ProviderName[] = [];
  for (const name of NAMES) {
    const official = findPlugin(own, name) ?? findPlugin(downloads, name);
    const target = join(plugins, pluginFolder(name));
    if (official !== undefined) await linkPlugin(official, target);
    else {
      standIns.push(name);
      await install(target, name);
    }
  }
  return { folder, standIns, summary: await summary(standIns, options.cache) };
}

const LINKED = '.linked-from';

/** A folder of links: the engine passes over a folder that is a link itself. */
async function linkPlugin(official: string, target: string): Promise<void> {
  if ((await readFile(join(target, LINKED), 'utf8').catch(() => '')) === official) return;
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  for (const entry of await readdir(official)) {
    if ((await lstat(join(official, entry))).isSocket()) continue;
    await symlink(join(official, entry), join(target, entry));
  }
  await writeFile(join(target, LINKED), official);
}

async function summary(standIns: readonly ProviderName[], cache: string): Promise<string> {
  const versions = (names: readonly ProviderName[]) => names.map((name) => `${name} ${VERSIONS[name]}`).join(', ');
  const [first] = standIns;
  if (first === undefined) return `Pulumi's own provider plugins: ${versions(NAMES)}`;
  const failed = await lastFailure(cache, first);
  return `stand-ins for Pulumi's provider plugins ${versions(standIns)}: the official ones are not installed and could not be downloaded on ${failed} (tried again a day later)`;
}
