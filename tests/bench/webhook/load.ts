import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { find } from '../../../local/cluster/find-program.ts';
import { install } from '../../../local/cluster/packages.ts';
import { places } from '../../../local/cluster/places.ts';
import { quantile } from '../figures.ts';
import { LOAD_CPU, type Server } from './servers.ts';

/** What a server did under load. */
export interface Load {
  readonly perSecond: number;
  /** Processor time of the server, all its threads, for one request. */
  readonly cpuMicroseconds: number;
  /** Of 100 requests the slowest but one, milliseconds. */
  readonly p99Ms: number;
}

/** h2load, of the Debian package nghttp2-client, which is installed where it is missing. */
export async function loadGenerator(): Promise<string> {
  if (find('h2load') === undefined) await install(['nghttp2-client'], places().cache);
  const program = find('h2load');
  if (program === undefined) throw new Error('h2load is missing: install the package nghttp2-client');
  return program;
}

/**
 * Sends the file `body` to `/mutate` over and over, on as many kept-alive connections, for two seconds, from a
 * processor of its own.
 *
 * @throws when one request is not answered with 200
 */
export async function putLoad(
  h2load: string,
  { port, cpuSeconds }: Server,
  body: string,
  connections: number,
  folder: string,
): Promise<Load> {
  const cpuBefore = cpuSeconds();
  const log = join(folder, `load-${port}-${performance.now()}.log`);
  const { stdout } = await promisify(execFile)('taskset', [
    ...['-c', LOAD_CPU, h2load, '--h1', '--threads=1', `--clients=${connections}`, '--duration=2'],
    ...[`--data=${body}`, '--header=content-type: application/json', `--log-file=${log}`, `https://127.0.0.1:${port}/mutate`],
  ]);
  const perSecond = Number(/finished in .*, ([\d.]+) req\/s/.exec(stdout)?.[1]);
  const [, done, failed] = /requests: .* (\d+) done, .* (\d+) failed/.exec(stdout) ?? [];
  const [, fine] = /status codes: (\d+) 2xx/.exec(stdout) ?? [];
  if (!(perSecond > 0) || failed !== '0' || fine !== done) throw new Error(`h2load: not every request was answered:\n${stdout}`);
  const cpuMicroseconds = ((cpuSeconds() - cpuBefore) * 1e6) / Number(done);
  // A line a request: when it began, its status, and how long it took, in microseconds.
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  const took = lines.map((line) => Number(line.split('\t')[2]));
  return { perSecond, cpuMicroseconds, p99Ms: quantile(took, 0.99) / 1000 };
}
