import { type Figure, type Goal, median, medianRatio } from '../figures.ts';
import type { Findings, Part } from '../part.ts';
import { BundledController } from './bundled-controller.ts';
import { SimulatedCluster } from './simulated-cluster.ts';

const RUNS = 5;
const SMALL = { consumers: 1_000, services: 250 } as const;
const LARGE = { consumers: 20_000, services: 5_000 } as const;
const PER_SECOND = 200;
const EVENTS = 2_000;
/** Minutes of churn at the end; `BENCH_CHURN_MINUTES=30` for the long look. */
const CHURN_MINUTES = Number(process.env.BENCH_CHURN_MINUTES ?? 2);
/** So often memory and handles are looked at meanwhile. */
const LOOKS = 10;

/** A controller and the simulated cluster that it looks after. */
interface Pair {
  readonly cluster: SimulatedCluster;
  readonly controller: BundledController;
}

interface Run {
  readonly cpuMsPerEvent: number;
  readonly cores: number;
  readonly megabytes: number;
}

/** Many consumers: what the controller takes of memory and processor, and whether an event costs more where there are more. */
export const scale: Part = {
  name: 'scale',
  title: 'The controller with 20,000 consumers and 5,000 Services',
  run: async ({ log }) => {
    const pairs: Pair[] = [];
    try {
      for (const size of [SMALL, LARGE]) pairs.push(await start(size));
      const [small, large] = pairs;
      if (small === undefined || large === undefined) throw new Error('nothing was started');
      const runs: { readonly small: Run[]; readonly large: Run[] } = { small: [], large: [] };
      // Compiled code and caches are those of a controller that has run for a while.
      for (const pair of pairs) await happen(pair);
      for (let run = 1; run <= RUNS; run++) {
        runs.small.push(await happen(small));
        runs.large.push(await happen(large));
        log(
          `  run ${run}: ${runs.small.at(-1)?.cpuMsPerEvent.toFixed(2)} and ${runs.large.at(-1)?.cpuMsPerEvent.toFixed(2)} ms of CPU an event`,
        );
      }
      log(`  ${CHURN_MINUTES} minutes of churn`);
      const churn = await churnFor(large, CHURN_MINUTES);
      return findings(runs, large.controller.peakMegabytes, churn);
    } finally {
      for (const { controller, cluster } of pairs) {
        await controller.stop();
        await cluster.stop();
      }
    }
  },
};

async function start({ consumers, services }: typeof SMALL | typeof LARGE): Promise<Pair> {
  const cluster = await SimulatedCluster.start();
  await cluster.tell({ do: 'populate', consumers, services, supplied: true });
  const controller = await BundledController.start({ kubeconfig: cluster.kubeconfig });
  await controller.says('"message":"leading"');
  await controller.idle();
  return { cluster, controller };
}

async function happen({ cluster, controller }: Pair, events = EVENTS): Promise<Run> {
  const [cpu, began] = [controller.cpuSeconds, performance.now()];
  await cluster.tell({ do: 'happen', events, perSecond: PER_SECOND });
  await controller.idle();
  const seconds = controller.cpuSeconds - cpu;
  return {
    cpuMsPerEvent: (seconds / events) * 1000,
    cores: seconds / ((performance.now() - began) / 1000),
    megabytes: controller.residentMegabytes,
  };
}

interface Churn {
  readonly megabytes: readonly number[];
  readonly handles: readonly number[];
}

async function churnFor(pair: Pair, minutes: number): Promise<Churn> {
  const megabytes: number[] = [];
  const handles: number[] = [];
  for (let look = 0; look < LOOKS; look++) {
    await happen(pair, Math.ceil((minutes * 60 * PER_SECOND) / LOOKS));
    megabytes.push(pair.controller.residentMegabytes);
    handles.push(pair.controller.openHandles);
  }
  return { megabytes, handles };
}

function findings(runs: { readonly small: Run[]; readonly large: Run[] }, peak: number, churn: Churn): Findings {
  const values = (each: readonly Run[], field: keyof Run) => each.map((run) => run[field]);
  const sides = {
    small: `${SMALL.consumers.toLocaleString('en')} consumers`,
    large: `${LARGE.consumers.toLocaleString('en')} consumers`,
  };
  const figures: Figure[] = [
    ...(['small', 'large'] as const).flatMap((side) => [
      { what: 'CPU time of one event', of: sides[side], unit: 'ms', values: values(runs[side], 'cpuMsPerEvent') },
      { what: `cores at ${PER_SECOND} events a second`, of: sides[side], unit: '', values: values(runs[side], 'cores') },
      { what: 'resident memory', of: sides[side], unit: 'MB', values: values(runs[side], 'megabytes') },
    ]),
    { what: 'resident memory at its highest', of: sides.large, unit: 'MB', values: [peak] },
    { what: 'resident memory during churn', of: sides.large, unit: 'MB', values: churn.megabytes },
    { what: 'open handles during churn', of: sides.large, unit: '', values: churn.handles },
  ];
  const half = (all: readonly number[], which: 0 | 1) => median(all.slice((which * LOOKS) / 2, ((which + 1) * LOOKS) / 2));
  const growth = (all: readonly number[]) => half(all, 1) / half(all, 0);
  const atMost = (what: string, measured: number, limit: number, unit = ''): Goal => ({
    what,
    measured,
    unit,
    bound: 'at most',
    limit,
  });
  return {
    figures,
    goals: [
      atMost(`resident memory with ${sides.large}`, median(values(runs.large, 'megabytes')), 220, 'MB'),
      atMost(
        `CPU time of an event with ${sides.large}, over that with ${sides.small}`,
        medianRatio(values(runs.large, 'cpuMsPerEvent'), values(runs.small, 'cpuMsPerEvent')),
        1.3,
      ),
      atMost(`cores that ${PER_SECOND} events a second take`, median(values(runs.large, 'cores')), 0.5),
      atMost('memory in the second half of the churn, over the first', growth(churn.megabytes), 1.05),
      atMost('open handles in the second half of the churn, over the first', growth(churn.handles), 1.05),
    ],
    charts: [],
    conditions: [
      `a simulated API server in a process of its own, over TLS; the controller as its image has it, bundled, with JSON log lines`,
      `events in equal parts: a value of a Service changes (ConfigMap, roll, Event), a Service comes or goes (ConfigMap, Event), the status of a Deployment is written (nothing); the work of an event is all that follows from it`,
      `${RUNS} runs of ${EVENTS} events with each of both, in turn; then ${CHURN_MINUTES} minutes of the same (BENCH_CHURN_MINUTES)`,
    ],
  };
}
