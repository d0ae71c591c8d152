import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
  return create(file) || (removeStale(file) && create(file));
}

/** Creates the lock with its content in one step, so that nobody ever reads half of it; false where there is one. */
function create(file: string): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(identify(process.pid)));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Removes the lock of a process that is no more. Whoever else finds it stale may have removed it meanwhile and taken it anew,
 * so it is moved aside first, looked at there, and put back where it turns out to be a living one's.
 */
function removeStale(file: string): boolean {
  if (isHeld(file)) return false;
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    if (!isHeld(aside)) return true;
    linkSync(aside, file);
    return false;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Whether the process lives that a lock names. */
function isHeld(file: string): boolean {
  try {
    const holder = holderSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
    return holder !== undefined && isAlive(holder);
  } catch {
    return false;
  }
}
