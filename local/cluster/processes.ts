import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { errorCode } from './error-code.ts';
import { until } from './until.ts';

/** A process that cannot be taken for another one: pids are used again, a pid with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between the machine's start and the process's. */
  readonly startTime: number;
}

/** How a program is started to outlive us. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** File that receives its output, after what is there already. */
  readonly log: string;
}

/** What the kernel tells of a process (proc_pid_stat(5)): its command, and the fields from the third on, the state; undefined if there is none. */
export function readStat(pid: number): { readonly command: string; readonly fields: readonly string[] } | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the command's name in parentheses and may hold spaces and parentheses itself.
  const end = stat.lastIndexOf(')');
  return { command: stat.slice(stat.indexOf('(') + 1, end), fields: stat.slice(end + 2).split(' ') };
}

/** The identity of a living process, or undefined if there is none with that pid (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | undefined {
  const { fields } = readStat(pid) ?? {};
  if (fields === undefined) return undefined;
  const [state, startTime] = [fields[0], Number(fields[19])];
  return state === 'Z' || state === 'X' || !Number.isSafeInteger(startTime) ? undefined : { pid, startTime };
}

export function isAlive(process: ProcessIdentity): boolean {
  return identify(process.pid)?.startTime === process.startTime;
}

/** Starts a program in a session of its own; returns once it runs, throws if it cannot be started. */
export async function launch({ program, args, folder, environment, log }: Launch): Promise<ProcessIdentity> {
  const output = openSync(log, 'a');
  try {
    const child = spawn(program, args, { cwd: folder, env: environment, detached: true, stdio: ['ignore', output, output] });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    // One that ended at once has no identity any more; its pid with an impossible start time reads as dead.
    return identify(child.pid ?? 0) ?? { pid: child.pid ?? 0, startTime: 0 };
  } finally {
    closeSync(output);
  }
}

/** Ends processes: asks first, and after `patience` milliseconds kills those that are left. Returns when none lives. */
export async function end(processes: readonly ProcessIdentity[], patience: number): Promise<void> {
  const rest = () => processes.filter(isAlive);
  for (const { pid } of rest()) signal(pid, 'SIGTERM');
  if (await until(() => rest().length === 0, patience)) return;
  for (const { pid } of rest()) signal(pid, 'SIGKILL');
  if (!(await until(() => rest().length === 0, 10_000))) {
    throw new Error(
      `processes that cannot be killed: ${rest().map(({ pid }) => pid)} (see /proc/<pid>/stack for what they wait for)`,
    );
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

/** Every process of the machine by pid. */
export function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}
