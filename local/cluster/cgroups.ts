import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The control group below which every container of the cluster is, where we may choose it (cgroupfs). */
export const CGROUP = 'orcon';

const ROOT = '/sys/fs/cgroup';
const CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids'];
const CONTROLLERS_V2 = ['cpu', 'cpuset', 'memory', 'pids'];

/** How processes are grouped: by which version, and who makes the groups. */
export interface Cgroup {
  readonly version: 1 | 2;
  readonly driver: 'cgroupfs' | 'systemd';
}

/**
 * Reads which control groups the machine has, from `/proc/mounts`-like text; a line for the user if none would do.
 *
 * @param mounts text of /proc/self/mounts.
 * @param controllers text of /sys/fs/cgroup/cgroup.controllers, '' where there is no such file (version 1).
 * @param hasSystemd whether systemd is what manages the machine.
 */
export function readCgroup(mounts: string, controllers: string, hasSystemd: boolean): Cgroup | string {
  const lines = mounts.split('\n').map((line) => line.split(' '));
  if (lines.some(([, at, type]) => at === '/sys/fs/cgroup' && type === 'cgroup2')) {
    const missing = CONTROLLERS_V2.filter((name) => !controllers.split(/\s+/).includes(name));
    if (missing.length > 0)
      return `the controllers ${missing.join(', ')} of control groups (version 2 is here, with ${controllers.trim() || 'none'})`;
    // Where systemd rules version 2 it undoes what others do beside it, so the groups are made through it.
    return { version: 2, driver: hasSystemd ? 'systemd' : 'cgroupfs' };
  }
  const mounted = lines.filter(([, , type]) => type === 'cgroup').flatMap(([, , , options]) => (options ?? '').split(','));
  const missing = CONTROLLERS.filter((name) => !mounted.includes(name));
  if (missing.length === 0) return { version: 1, driver: 'cgroupfs' };
  return `control groups: neither version 2 at /sys/fs/cgroup nor, of version 1, ${missing.join(', ')}`;
}

/** Reads which control groups this machine has. */
export function inspectCgroups(): Cgroup | string {
  const controllers = join(ROOT, 'cgroup.controllers');
  return readCgroup(
    readFileSync('/proc/self/mounts', 'utf8'),
    existsSync(controllers) ? readFileSync(controllers, 'utf8') : '',
    existsSync('/run/systemd/system'),
  );
}

/** Makes the group of our own, in each hierarchy of version 1: the kubelet takes one only if it is there. */
export function makeCgroups({ version, driver }: Cgroup): void {
  if (driver !== 'cgroupfs') return;
  if (version === 2) {
    // Groups of version 2 have only those controllers that the one above hands down.
    writeFileSync(join(ROOT, 'cgroup.subtree_control'), CONTROLLERS_V2.map((name) => `+${name}`).join(' '));
    mkdirSync(join(ROOT, CGROUP), { recursive: true });
    return;
  }
  for (const hierarchy of hierarchies(readFileSync('/proc/self/mounts', 'utf8')))
    mkdirSync(join(hierarchy, CGROUP), { recursive: true });
}

/** Where the hierarchies of version 1 are mounted, as text of /proc/self/mounts tells it. */
export function hierarchies(mounts: string): string[] {
  const lines = mounts.split('\n').map((line) => line.split(' '));
  return lines.flatMap(([, at, type]) => (type === 'cgroup' && at?.startsWith(`${ROOT}/`) ? [at] : []));
}

/** Removes the group of our own wherever it is; nothing may be in it any more. */
export function removeCgroups(): void {
  for (const hierarchy of [ROOT, ...foldersIn(ROOT)]) removeGroup(join(hierarchy, CGROUP));
}

function removeGroup(folder: string): void {
  for (const below of foldersIn(folder)) removeGroup(below);
  try {
    rmdirSync(folder);
  } catch {
    // It is not there; or the kernel, which lets an emptied group go a moment later, still has it: it does nothing then and
    // is used again by the next start.
  }
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}
