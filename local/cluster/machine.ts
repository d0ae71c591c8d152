import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { basename } from 'node:path';
import { type Cgroup, inspectCgroups } from './cgroups.ts';
import { allPids } from './processes.ts';
import { fitsGo, readVersion } from './versions.ts';

/** What is known of the machine before anything is done on it. */
export interface Machine {
  readonly platform: string;
  readonly architecture: string;
  readonly isRoot: boolean;
  /** Version of Go (`go1.26.8`) and its GOTOOLCHAIN; '' where there is none. */
  readonly go: string;
  readonly goToolchain: string;
  readonly hasApt: boolean;
  readonly cgroup: Cgroup | string;
  /** A kubelet beside which ours cannot run, or undefined. */
  readonly otherKubelet: number | undefined;
  /** The machine's first address that others can reach, or undefined. */
  readonly address: string | undefined;
}

/** Programs that are or hold a kubelet; ours is called `kube`. */
const KUBELETS = ['kubelet', 'k3s', 'kubelite', 'k0s', 'rke2'];

/**
 * What a machine lacks to run the embedded cluster, one thing a line; empty if it can.
 *
 * @param needs what is still to be got: Go programs to build, Debian packages to install.
 */
export function lacks(
  machine: Machine,
  needs: { readonly builds: readonly string[]; readonly packages: readonly string[] },
): string[] {
  if (machine.platform !== 'linux' || machine.architecture !== 'x64') {
    return [`Linux on x64 (this is ${machine.platform} on ${machine.architecture})`];
  }
  const missing: string[] = [];
  if (!machine.isRoot) missing.push('root, to run containers and to set up their network: start it with sudo');
  if (needs.builds.length > 0 && !hasGo(machine)) {
    missing.push(
      `Go 1.26 or newer on PATH (${machine.go || 'none'} is here; https://go.dev/dl), to build ${needs.builds.join(', ')}`,
    );
  }
  if (!machine.hasApt && needs.packages.length > 0)
    missing.push(`apt-get, or these by another way: ${needs.packages.join(', ')}`);
  if (typeof machine.cgroup === 'string') missing.push(machine.cgroup);
  if (machine.otherKubelet !== undefined) {
    missing.push(
      `a machine without another kubelet (pid ${machine.otherKubelet}): each would take the other's pods for orphans and kill them`,
    );
  }
  if (machine.address === undefined) missing.push('a network interface with an IPv4 address, other than loopback');
  return missing;
}

function hasGo({ go, goToolchain }: Machine): boolean {
  const version = readVersion(go);
  return version !== undefined && fitsGo(version, goToolchain);
}

/** The one message for a machine that cannot run the embedded cluster: all that it lacks, and the way round. */
export function cannot(missing: readonly string[]): string {
  return [
    'the embedded cluster cannot run on this machine; it lacks',
    ...missing.map((thing) => `  - ${thing}`),
    'Without it: deploy to a cluster of your own, such as kind, with `pulumi up` (README, "Deploy it to your own cluster").',
  ].join('\n');
}

/** Looks at this machine; Go's version and toolchain setting are known from the survey of programs. */
export function inspectMachine({
  goVersion,
  goToolchain,
}: {
  readonly goVersion: string;
  readonly goToolchain: string;
}): Machine {
  const isLinux = process.platform === 'linux';
  const cgroup = isLinux ? inspectCgroups() : 'control groups';
  return {
    platform: process.platform,
    architecture: process.arch,
    isRoot: process.getuid?.() === 0,
    go: goVersion,
    goToolchain,
    hasApt: existsSync('/usr/bin/apt-get'),
    cgroup,
    // Below a group of our own (cgroupfs) we are out of its sight, as it is out of ours.
    otherKubelet: typeof cgroup === 'object' && cgroup.driver === 'systemd' ? findKubelet() : undefined,
    address: Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address,
  };
}

/** A kubelet that sees the same control groups; one in a container, such as kind's, has others. */
function findKubelet(): number | undefined {
  const here = readlinkSync('/proc/self/ns/cgroup');
  return allPids().find((pid) => {
    try {
      const program = basename(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split(/[\0 ]/)[0] ?? '');
      return KUBELETS.includes(program) && readlinkSync(`/proc/${pid}/ns/cgroup`) === here;
    } catch {
      return false; // it has ended meanwhile
    }
  });
}

/** Whether processes may lower the score by which the kernel picks what to kill (CAP_SYS_RESOURCE, bit 24). */
export function mayLowerOomScore(status: string = readFileSync('/proc/self/status', 'utf8')): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> 24n) & 1n) === 1n;
}
