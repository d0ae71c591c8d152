import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cluster } from './cluster.ts';

/** Runs the Docker client against the embedded cluster's engine; gives what it printed. */
export async function docker(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, ...cluster.environment };
  return (await promisify(execFile)(cluster.binaries.docker, args, { env })).stdout.trim();
}
