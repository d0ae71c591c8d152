import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { clusterStatus } from '../../local/cluster/index.ts';
import { allPids, readStat } from '../../local/cluster/processes.ts';

/** On what was measured, and how busy it was with other things meanwhile. */
export interface Conditions {
  readonly processors: number;
  readonly model: string;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly date: string;
  readonly seconds: number;
  /** Load of the last minute before the start. */
  readonly loadBefore: number;
  /** Share of all processor time that went to processes which are neither ours nor the embedded cluster's; from 0 to 1. */
  readonly others: number;
  /** Share of it that the machine below this one took for others (steal). */
  readonly stolen: number;
}

/** Clock ticks since the machine's start. */
interface Ticks {
  readonly total: number;
  readonly busy: number;
  readonly stolen: number;
  /** By root process of what is ours, with all that has descended from it. */
  readonly ours: ReadonlyMap<number, number>;
}

/** Starts to watch the machine; what is handed back ends that and tells. */
export async function watchMachine(): Promise<() => Promise<Conditions>> {
  const loadBefore = loadavg()[0] ?? 0;
  const startedAt = Date.now();
  const before = await readTicks();
  return async () => {
    const after = await readTicks();
    const total = Math.max(1, after.total - before.total);
    let ours = 0;
    for (const [pid, ticks] of after.ours) ours += Math.max(0, ticks - (before.ours.get(pid) ?? 0));
    return {
      processors: cpus().length,
      model: cpus()[0]?.model ?? '',
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
      node: process.version,
      date: new Date(startedAt).toISOString().slice(0, 10),
      seconds: Math.round((Date.now() - startedAt) / 1000),
      loadBefore,
      others: Math.max(0, after.busy - before.busy - ours) / total,
      stolen: (after.stolen - before.stolen) / total,
    };
  };
}

const percent = (share: number) => `${(share * 100).toFixed(share < 0.095 ? 1 : 0)} %`;

/** One line for a reader: machine, and how busy it was. */
export const conditionsLine = (at: Conditions): string =>
  `${at.date}, ${at.processors} processors (${at.model}), ${at.memoryGiB} GiB, Linux ${at.kernel}, Node ${at.node}, ${at.seconds} s; ` +
  `load ${at.loadBefore.toFixed(1)} before, other processes took ${percent(at.others)} of the processors meanwhile, ` +
  `other machines ${percent(at.stolen)}`;

async function readTicks(): Promise<Ticks> {
  const fields = (/^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '').split(' ').map(Number);
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0, stolen = 0] = fields;
  const busy = user + nice + system + irq + softirq;
  return { total: busy + idle + wait + stolen, busy, stolen, ours: await ourTicks() };
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** Its own, and those of its children that have ended. */
  readonly ticks: number;
}

/** Ticks of this process and of the embedded cluster. A shim, below which containers are, is the child of nobody. */
async function ourTicks(): Promise<ReadonlyMap<number, number>> {
  const processes = allPids().flatMap((pid) => readProcess(pid) ?? []);
  const parts = (await clusterStatus())?.parts.flatMap(({ pid }) => pid ?? []) ?? [];
  const shims = processes.filter(({ command }) => command === 'containerd-shim').map(({ pid }) => pid);
  const roots = new Set([process.pid, ...parts, ...shims]);
  const byPid = new Map(processes.map((each) => [each.pid, each]));
  const rootOf = ({ pid, parent }: Process): number | undefined => {
    if (roots.has(pid)) return pid;
    const above = byPid.get(parent);
    return above === undefined ? undefined : rootOf(above);
  };
  const ticks = new Map<number, number>();
  for (const each of processes) {
    const root = rootOf(each);
    if (root !== undefined) ticks.set(root, (ticks.get(root) ?? 0) + each.ticks);
  }
  return ticks;
}

function readProcess(pid: number): Process | undefined {
  const stat = readStat(pid);
  if (stat === undefined) return undefined;
  // proc_pid_stat(5): 4 ppid, 14 utime, 15 stime, 16 cutime, 17 cstime.
  const ticks = stat.fields.slice(11, 15).reduce((sum, each) => sum + Number(each), 0);
  return { pid, parent: Number(stat.fields[1]), command: stat.command, ticks };
}
