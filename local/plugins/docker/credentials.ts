/** What the daemon is to present to a registry when it pushes. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { at, type Json, textOf } from '../rpc/json.ts';
import type { ImageInputs } from './inputs.ts';

/**
 * The value of the header X-Registry-Auth: the user of the resource's `registry`, else of Docker's own config.json,
 * else nobody.
 */
export async function registryAuth(registry: string, given: ImageInputs['registry']): Promise<string> {
  const auth =
    given.username === undefined ? await storedAuth(registry) : { username: given.username, password: given.password ?? '' };
  return Buffer.from(JSON.stringify({ ...auth, serveraddress: registry })).toString('base64url');
}

async function storedAuth(registry: string): Promise<{ username: string; password: string } | Record<string, never>> {
  const folder = process.env.DOCKER_CONFIG ?? join(homedir(), '.docker');
  const config: Json = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8').catch(() => '{}'));
  const key = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
  const encoded = textOf(at(config, 'auths', key, 'auth'));
  if (encoded === undefined) return {};
  const [username = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':');
  return { username, password: password.join(':') };
}
