/**
 * The webhook as the image has it (one bundled file, with the flags of its entry point, log and metrics on) against a bare
 * `node:https` server that parses the same reviews and answers with a patch of the same size (webhook/floor.mjs), each on one
 * processor, with h2load on another.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeContexts } from '../../infra/contexts.ts';
import { files } from '../webhook/program.ts';
import { type Figure, type Goal, median, medianRatio } from './figures.ts';
import type { Bench, Findings, Part } from './part.ts';
import { entryFlags } from './webhook/entry-flags.ts';
import { type Load, loadGenerator, putLoad } from './webhook/load.ts';
import { GATE_CONFIGURATION, reviews } from './webhook/reviews.ts';
import { freePort, type Server, startServer } from './webhook/servers.ts';

const RUNS = 5;
const STARTS = 9;
const CONNECTIONS = [16, 64] as const;
const SIDES = ['orcon', 'bare node:https'] as const;
type Side = (typeof SIDES)[number];

/** Starts a server of one side. */
type Start = (side: Side) => Promise<Server>;

export const webhook: Part = {
  name: 'webhook',
  title: 'The webhook on loopback, on one processor',
  run: async (bench) => {
    if (availableParallelism() < 2) throw new Error('two processors are needed: one for the server, one for the load');
    const h2load = await loadGenerator();
    const at = await files(GATE_CONFIGURATION);
    try {
      const { cases, patch } = reviews();
      const path = (name: string) => join(at.folder, name);
      for (const each of cases) writeFileSync(path(each.name), each.body);
      writeFileSync(path('patch'), patch);
      const start = await starter(at.flags, [path('cert.pem'), path('key.pem'), path('patch')]);

      const found = [await measureStarts(start, bench)];
      const [orcon, floor] = [await start('orcon'), await start('bare node:https')];
      try {
        for (const { name, title } of cases) {
          for (const connections of CONNECTIONS) {
            const what = `${title}, ${connections} connections`;
            bench.log(`${what}: ${RUNS} runs of each`);
            const load = (server: Server) => putLoad(h2load, server, path(name), connections, at.folder);
            await load(orcon);
            await load(floor);
            const loads = await inTurn(
              () => load(orcon),
              () => load(floor),
            );
            found.push(compared(what, loads));
          }
        }
        found.push(memory(orcon, floor));
      } finally {
        await orcon.stop();
        await floor.stop();
      }
      return findings(
        found,
        cases.map(({ body }) => body.length),
      );
    } finally {
      await at.remove();
    }
  },
};

async function starter(flags: readonly string[], floorFiles: readonly string[]): Promise<Start> {
  const { folder, dockerfile } = (await writeContexts()).webhook;
  const bundle = [...entryFlags(dockerfile), join(folder, 'app', 'webhook.cjs')];
  const floor = fileURLToPath(new URL('webhook/floor.mjs', import.meta.url));
  return async (side) => {
    const port = await freePort();
    if (side === 'orcon') return startServer(port, [...bundle, ...flags, `-port=${port}`, '-healthPort=0']);
    return startServer(port, [floor, String(port), ...floorFiles]);
  };
}

/** Runs the two in turn; a busy moment of the machine is then as likely to hit one as the other. */
async function inTurn<T>(orcon: () => Promise<T>, floor: () => Promise<T>, runs = RUNS): Promise<readonly [T[], T[]]> {
  const found: [T[], T[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    found[0].push(await orcon());
    found[1].push(await floor());
  }
  return found;
}

async function measureStarts(start: Start, { log }: Bench): Promise<Pick<Findings, 'figures' | 'goals'>> {
  log(`${STARTS} starts of each`);
  const once = async (side: Side) => {
    const server = await start(side);
    await server.stop();
    return server.startMs;
  };
  const values = await inTurn(
    () => once('orcon'),
    () => once('bare node:https'),
    STARTS,
  );
  const what = 'from the start of the process to taking connections';
  return {
    figures: figures(what, 'ms', values),
    goals: [{ what: `webhook, ${what}`, measured: median(values[0]), unit: 'ms', bound: 'at most', limit: 250 }],
  };
}

const figures = (what: string, unit: string, values: readonly [readonly number[], readonly number[]]): Figure[] =>
  SIDES.map((of, index) => ({ what, of, unit, values: values[index] ?? [] }));

function compared(what: string, [orcon, floor]: readonly [Load[], Load[]]): Pick<Findings, 'figures' | 'goals'> {
  const values = (of: (load: Load) => number) => [orcon.map(of), floor.map(of)] as const;
  const [perSecond, p99] = [values((load) => load.perSecond), values((load) => load.p99Ms)];
  const cpu = values((load) => load.cpuMicroseconds);
  const goals: Goal[] = [
    {
      what: `webhook, requests/s, of the bare server's: ${what}`,
      measured: medianRatio(...perSecond),
      unit: '',
      bound: 'at least',
      limit: 0.75,
    },
    {
      what: `webhook, requests a second of processor time, of the bare server's: ${what}`,
      measured: 1 / medianRatio(...cpu),
      unit: '',
      bound: 'at least',
      limit: 0.75,
    },
    {
      what: `webhook, p99, of the bare server's: ${what}`,
      measured: medianRatio(...p99),
      unit: '',
      bound: 'at most',
      limit: 1.5,
    },
  ];
  return {
    figures: [
      ...figures(`requests/s: ${what}`, '/s', perSecond),
      ...figures(`p99: ${what}`, 'ms', p99),
      ...figures(`processor time a request: ${what}`, 'µs', cpu),
    ],
    goals,
  };
}

/** After all that load. */
function memory(orcon: Server, floor: Server): Pick<Findings, 'figures' | 'goals'> {
  const values = [[orcon.residentMb()], [floor.residentMb()]] as const;
  return {
    figures: figures('resident memory under load', 'MB', values),
    goals: [
      {
        what: "webhook, resident memory under load, of the bare server's",
        measured: medianRatio(...values),
        unit: '',
        bound: 'at most',
        limit: 1.3,
      },
    ],
  };
}

function findings(found: ReadonlyArray<Pick<Findings, 'figures' | 'goals'>>, sizes: readonly number[]): Findings {
  const all = found.flatMap((each) => each.figures);
  const named = (start: string) => [...new Set(all.map(({ what }) => what).filter((what) => what.startsWith(start)))];
  return {
    figures: all,
    goals: found.flatMap(({ goals }) => goals),
    charts: [
      { file: 'webhook-throughput', title: 'Webhook: requests a second on one processor', figures: named('requests/s') },
      { file: 'webhook-cpu', title: 'Webhook: processor time a request', figures: named('processor time') },
      { file: 'webhook-p99', title: 'Webhook: slowest of 100 requests (p99)', figures: named('p99') },
    ],
    conditions: [
      `${RUNS} runs of 2 s of each, in turn, after one that does not count; both servers stay up, so they are as warm as in production`,
      `reviews of a Deployment with two containers, ${sizes.join(', ')} bytes (an update bears two versions); the bare server answers each with the patch that the first needs; TLS 1.3, ECDSA P-256, HTTP/1.1 keep-alive`,
      'h2load on another processor than the server; ratios are the median of the ratios of each pair of runs',
      'processor time is what the kernel counts for all threads of the server: other processes on its processor lengthen requests, and hardly this',
    ],
  };
}
