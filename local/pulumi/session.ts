/** Running a program so that nothing of it is left behind. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface SessionOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string, from: 'stdout' | 'stderr') => void;
  /** Interrupts the program as Ctrl-C would; if it still runs after the grace it is killed. */
  readonly signal?: AbortSignal;
  /** In milliseconds; a minute by default, as Pulumi ends its waits and saves the state first: killed, it leaves the stack locked. */
  readonly grace?: number;
}

export interface Outcome {
  /** The exit code; 128 plus the signal's number if a signal ended the program, as shells have it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const GRACE_MILLISECONDS = 60_000;
const SIGNALS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/**
 * Runs a program in a session of its own and waits for its end; whatever it has started and left running then is
 * killed. (Pulumi's engine puts its plugins into process groups of their own, so the session is what holds them
 * together.) Throws if the program cannot be started.
 */
export async function runSession(program: string, args: readonly string[], options: SessionOptions): Promise<Outcome> {
  const child = spawn(program, args, { cwd: options.cwd, env: options.env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  const kill = () => {
    if (pid !== undefined) killSession(pid);
  };
  process.once('exit', kill);
  let killing: NodeJS.Timeout | undefined;
  const interrupt = () => {
    child.kill('SIGINT');
    killing = setTimeout(kill, options.grace ?? GRACE_MILLISECONDS);
  };
  options.signal?.addEventListener('abort', interrupt, { once: true });
  if (options.signal?.aborted) interrupt();
  try {
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        kill(); // orphans would keep the pipes open
        resolve(code ?? 128 + (SIGNALS[signal ?? ''] ?? 0));
      });
    });
    const [code, stdout, stderr] = await Promise.all([
      ended,
      collect(child.stdout, (line) => options.onLine?.(line, 'stdout')),
      collect(child.stderr, (line) => options.onLine?.(line, 'stderr')),
    ]);
    return { code, stdout, stderr };
  } finally {
    clearTimeout(killing);
    process.off('exit', kill);
    options.signal?.removeEventListener('abort', interrupt);
  }
}

/** The living processes of the session that this process leads or led, by id. */
export function sessionMembers(leader: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => sessionOf(name) === leader)
    .map(Number);
}

function killSession(leader: number): void {
  for (const pid of sessionMembers(leader)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // ended meanwhile
    }
  }
}

/**
 * Fields 3 and 6 of /proc/PID/stat; the second, the name in brackets, may hold anything. A zombie is in no session: where the
 * first process reaps nobody, as in many a container, orphans stay zombies for ever.
 */
function sessionOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : Number(session);
  } catch {
    return undefined;
  }
}

async function collect(stream: Readable, onLine: (line: string) => void): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: stream })) {
    lines.push(line);
    onLine(line);
  }
  return lines.map((line) => `${line}\n`).join('');
}
