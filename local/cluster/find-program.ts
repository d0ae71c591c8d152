import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LINKS, places } from './places.ts';

/** Folders where Debian puts programs; a user's PATH often lacks the sbin ones. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** PATH with the system's folders at the end, and without the links of a running cluster, which are no one's own programs. */
export function fullPath(path: string = process.env.PATH ?? ''): string {
  const links = join(places().cluster, LINKS);
  const folders = path.split(delimiter).filter((folder) => folder !== '' && folder !== links);
  return [...new Set([...folders, ...SYSTEM_FOLDERS])].join(delimiter);
}

/** Every program of that name, in the order of PATH. */
export function findAll(name: string, path: string = fullPath()): string[] {
  return path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .filter(isProgram);
}

/** The first program of that name, or undefined. */
export function find(name: string, path: string = fullPath()): string | undefined {
  return findAll(name, path)[0];
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
