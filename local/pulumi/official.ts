/** The official provider plugins: found where the user has them, or downloaded. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type ProviderName, VERSIONS } from '../plugins/versions.ts';
import { runSession } from './session.ts';

/** In all, for all plugins: on a closed network it is time lost. */
const DOWNLOAD_MILLISECONDS = 20_000;
const RETRY_MILLISECONDS = 24 * 3_600_000;

/** The folder of a plugin in Pulumi's layout, as `resource-tls-v5.6.1`. */
export function pluginFolder(name: ProviderName): string {
  return `resource-${name}-v${VERSIONS[name]}`;
}

/** The plugin's folder below this PULUMI_HOME, or undefined if it is not there or only in part. */
export function findPlugin(home: string, name: ProviderName): string | undefined {
  const folder = join(home, 'plugins', pluginFolder(name));
  return existsSync(join(folder, `pulumi-resource-${name}`)) && !existsSync(`${folder}.partial`) ? folder : undefined;
}

/** The user's own PULUMI_HOME: not one of ours, which whoever works with our environment has there. */
export function userHome(environment: NodeJS.ProcessEnv, cache: string): string {
  const home = environment.PULUMI_HOME;
  return home === undefined || home.startsWith(`${cache}/`) ? join(homedir(), '.pulumi') : home;
}

export interface DownloadOptions {
  /** The Pulumi CLI. */
  readonly pulumi: string;
  /** The folder that keeps what was downloaded, and what could not be. */
  readonly cache: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly now?: Date;
  readonly patience?: number;
}

/**
 * Downloads the plugins through the CLI, all at once and within a short time. What fails is remembered and not tried
 * again for a day. Returns the PULUMI_HOME that holds what there is.
 */
export async function download(names: readonly ProviderName[], options: DownloadOptions): Promise<string> {
  const { pulumi, cache, environment, now = new Date(), patience = DOWNLOAD_MILLISECONDS } = options;
  const home = join(cache, 'official');
  const failures = await readFailures(cache);
  const due = names.filter((name) => {
    const failed = failures[pluginFolder(name)];
    return (
      findPlugin(home, name) === undefined && !(failed !== undefined && now.getTime() - Date.parse(failed) < RETRY_MILLISECONDS)
    );
  });
  if (due.length === 0) return home;
  await mkdir(home, { recursive: true });
  const signal = AbortSignal.timeout(patience);
  const env = { ...environment, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: 'true' };
  await Promise.all(
    due.map((name) =>
      runSession(pulumi, ['plugin', 'install', 'resource', name, VERSIONS[name]], { cwd: home, env, signal, grace: 0 }),
    ),
  );
  const failed = due
    .filter((name) => findPlugin(home, name) === undefined)
    .map((name) => [pluginFolder(name), now.toISOString()]);
  if (failed.length > 0)
    await writeFile(failuresFile(cache), `${JSON.stringify({ ...failures, ...Object.fromEntries(failed) })}\n`);
  return home;
}

/** When the last try to download the plugin failed, as a date; undefined if none did. */
export async function lastFailure(cache: string, name: ProviderName): Promise<string | undefined> {
  return (await readFailures(cache))[pluginFolder(name)]?.slice(0, 'YYYY-MM-DD'.length);
}

const failuresSchema = z.record(z.string(), z.iso.datetime());

async function readFailures(cache: string): Promise<Readonly<Record<string, string>>> {
  try {
    return failuresSchema.parse(JSON.parse(await readFile(failuresFile(cache), 'utf8')));
  } catch {
    return {}; // none yet, or damaged: then it is tried again
  }
}

function failuresFile(cache: string): string {
  return join(cache, 'failed-downloads.json');
}
