import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** The processor that a server has for itself, and the one for whoever puts load on it. */
export const SERVER_CPU = '0';
export const LOAD_CPU = '1';

/** A server as a process of its own, on one processor. */
export interface Server {
  readonly port: number;
  /** Milliseconds from the start of the process until it took connections. */
  readonly startMs: number;
  /** Resident memory now, MB. */
  readonly residentMb: () => number;
  /** Processor time of all its threads since its start. */
  readonly cpuSeconds: () => number;
  readonly stop: () => Promise<void>;
}

/** Starts Node with these arguments, the environment of a pod and the output into a pipe that is read, as a container's is. */
export async function startServer(port: number, args: readonly string[]): Promise<Server> {
  const startedAt = performance.now();
  const child = spawn('taskset', ['-c', SERVER_CPU, process.execPath, ...args], {
    env: { LOG_LEVEL: 'info', LOG_FORMAT: 'json', DRAIN_MIN_SECONDS: '0', DRAIN_MAX_SECONDS: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.resume();
  const ended = once(child, 'exit');
  while (!(await takesConnections(port))) {
    if (child.exitCode !== null) throw new Error(`node ${args.join(' ')} has ended with ${child.exitCode} instead of serving`);
    await pause(1);
  }
  return {
    port,
    startMs: performance.now() - startedAt,
    residentMb: () => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1000,
    cpuSeconds: () => {
      const tasks = `/proc/${child.pid}/task`;
      const nanoseconds = (task: string) => Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]);
      return readdirSync(tasks).reduce((sum, task) => sum + nanoseconds(task), 0) / 1e9;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A port that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}
