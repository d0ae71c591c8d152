import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { basename, join } from 'node:path';
import { NODE_POD_RANGE } from './addresses.ts';
import { ask } from './ask.ts';
import { removeCgroups } from './cgroups.ts';
import { find } from './find-program.ts';
import { removeRules } from './network.ts';
import { allPids, end, identify, type ProcessIdentity } from './processes.ts';
import { until } from './until.ts';

/** Programs that run for a cluster, with one of its files among their arguments. */
const PROGRAMS = [
  'etcd',
  'kube',
  'coredns',
  'containerd',
  'containerd-shim-runc-v2',
  'dockerd',
  'docker-registry',
  'runc',
  'own-root',
];
const RESULTS_OF_NETWORKS = '/var/lib/cni/results';
const LINKS_TO_LOGS = '/var/log/containers';
const STATES_OF_RUNC = ['/run/containerd/runc/k8s.io', '/run/containerd/runc/moby'];
/** Long enough to close files; what the parts would still save is thrown away. */
const PATIENCE = 1_500;

/**
 * Takes away everything that a cluster with this folder left on the machine, whether or not a record tells of it: processes,
 * mounts, network interfaces, nftables rules, control groups and the folder. Does nothing where nothing is left.
 *
 * @param recorded processes that a record names, known to be the cluster's by their start times.
 */
export async function clearAway(folder: string, recorded: readonly ProcessIdentity[], log: string): Promise<void> {
  // First those that would start others anew, containers last: containerd would report each end to a kubelet.
  await end([...recorded, ...processesOf(folder).filter(({ isContainer }) => !isContainer)], PATIENCE);
  await end(processesOf(folder), 0);
  await unmountBelow(folder);
  await removeInterfaces();
  const nft = find('nft');
  if (nft) await removeRules(nft, log);
  removeCgroups();
  removeTraces(folder);
  // Never across a mount: below it may be what a pod was given of the machine's own files.
  const left = mountsBelow(folder);
  if (left.length > 0) throw new Error(`still mounted below ${folder}: ${left.join(', ')}; end what uses them and unmount them`);
  rmSync(folder, { recursive: true, force: true });
}

/** A cluster's process: a part, a helper of containerd's, or something that runs in a container. */
interface ClusterProcess extends ProcessIdentity {
  readonly isContainer: boolean;
}

/** Finds a cluster's processes by what they were started with and by the file system that they see as theirs. */
export function processesOf(folder: string): ClusterProcess[] {
  return allPids().flatMap((pid) => {
    const isContainer = /\soverlay\s/.test(rootMount(pid)) && rootMount(pid).includes(`${folder}/`);
    const [program = '', ...args] = read(`/proc/${pid}/cmdline`).split('\0');
    const isPart = PROGRAMS.includes(basename(program)) && args.some((arg) => arg.includes(`${folder}/`));
    // The same path in a chroot or container with processes of its own is another cluster's; ours has its pods one level down.
    const depth = namespaceDepth(read(`/proc/${pid}/status`));
    const isOurs = isPart ? depth === 1 : isContainer && depth <= 2;
    const identity = isOurs ? identify(pid) : undefined;
    return identity ? [{ ...identity, isContainer }] : [];
  });
}

/** In how many pid namespaces below the one of /proc a process is, itself counted, by its /proc/PID/status (proc_pid_status(5), NSpid). */
export const namespaceDepth = (status: string): number => /^NSpid:(.*)$/m.exec(status)?.[1]?.trim().split(/\s+/).length ?? 1;

/** The line of mountinfo that tells where a process's `/` is from, '' if it cannot be read. */
function rootMount(pid: number): string {
  const lines = read(`/proc/${pid}/mountinfo`).split('\n');
  return lines.find((line) => line.split(' ')[4] === '/') ?? '';
}

/** Mount points below a folder, the innermost first. */
export function mountsBelow(folder: string, mounts: string = read('/proc/self/mounts')): string[] {
  return mounts
    .split('\n')
    .flatMap((line) => line.split(' ')[1] ?? [])
    .map((path) => path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))
    .filter((path) => path.startsWith(`${folder}/`))
    .reverse();
}

async function unmountBelow(folder: string): Promise<void> {
  for (let mounts = mountsBelow(folder); mounts.length > 0; ) {
    for (const path of mounts) await ask('umount', ['--lazy', path]);
    const left = mountsBelow(folder);
    if (left.length >= mounts.length) return; // clearAway names them
    mounts = left;
  }
}

/** Pods' links end with the pods' network namespaces, which the kernel clears away a moment after they are unmounted. */
async function removeInterfaces(): Promise<void> {
  const gateway = NODE_POD_RANGE.replace(/0\/\d+$/, '1');
  const ours = () => Object.entries(networkInterfaces()).filter(([, all]) => all?.some(({ address }) => address === gateway));
  if (await until(() => ours().length === 0, 5_000)) return;
  for (const [name] of ours()) await ask('ip', ['link', 'delete', name]);
  if (ours().length > 0)
    throw new Error(`network interfaces of pods are left: ${ours().map(([name]) => name)}; delete them with ip link delete`);
}

/** What containerd and the kubelet leave at places of their own that no setting moves. */
function removeTraces(folder: string): void {
  for (const container of STATES_OF_RUNC.flatMap((states) => filesIn(states).map((name) => join(states, name)))) {
    if (read(join(container, 'state.json')).includes(`${folder}/`)) rmSync(container, { recursive: true });
  }
  for (const result of filesIn(RESULTS_OF_NETWORKS).map((name) => join(RESULTS_OF_NETWORKS, name))) {
    if (read(result).includes(`${folder}/`)) rmSync(result);
  }
  for (const name of filesIn(LINKS_TO_LOGS)) {
    const link = join(LINKS_TO_LOGS, name);
    try {
      if (readlinkSync(link).startsWith(`${folder}/`)) rmSync(link);
    } catch {
      // Not a link, so not of ours.
    }
  }
}

function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // of a process that has ended meanwhile
  }
}
