import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { errorCode } from './error-code.ts';
import { identify, isAlive } from './processes.ts';
import { duration, type Log } from './progress.ts';
import { until } from './until.ts';

const PATIENCE = 20 * 60_000;
const holderSchema = z.object({ pid: z.number(), startTime: z.number() });

/**
 * Does work while no other process starts or stops the cluster; waits for one that does, and says so. The lock of a
 * process that is no more is nobody's.
 */
export async function locked<T>(file: string, log: Log, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  if (!take(file)) {
    log(`waiting for another process that starts or stops the cluster (${file} names it)`);
    if (!(await until(() => take(file), PATIENCE, 200))) {
      throw new Error(`${file} is held since more than ${duration(PATIENCE)} by the process that it names: end that one`);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Takes the lock if nobody has it, or if who has it is no more. */
function take(file: string): boolean {
  if (create(file)) return true;
  const holder = readHolder(file);
  if (!holder || isAlive(holder)) return false;
  rmSync(file, { force: true });
  return create(file);
}

function create(file: string): boolean {
  try {
    writeFileSync(file, JSON.stringify(identify(process.pid)), { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Who holds the lock; undefined while it is being written or given back. */
function readHolder(file: string): z.infer<typeof holderSchema> | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
