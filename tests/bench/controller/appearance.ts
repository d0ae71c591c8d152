import type { Goal } from '../figures.ts';
import { medianRatio, quantile } from '../figures.ts';
import type { Bench, Findings, Part } from '../part.ts';
import { Shop } from './shop.ts';

const RUNS = 200;
/** Runs that do not count: the first ones meet connections and caches that are cold. */
const WARM_UP = 10;
const CROWD = { consumers: 5_000, services: 1_000 } as const;
const WHAT = { alone: 'one consumer', crowded: `the same among ${CROWD.consumers.toLocaleString('en')} others` } as const;
const QUIET_MS = 3_000;

interface Series {
  readonly ours: readonly number[];
  readonly floor: readonly number[];
}

/** One provider appears: how long until its consumer's ConfigMap is written. */
export const appearance: Part = {
  name: 'appearance',
  title: 'From the creation of a Service to the ConfigMap of its consumer',
  run: async (bench) => {
    const { client, kubectl } = await bench.deployed();
    const shop = await Shop.open('orcon-bench-one', client, kubectl);
    const crowd = await Shop.open('orcon-bench-crowd', client, kubectl);
    try {
      const alone = await measure(shop, 'alone');
      await gather(crowd, bench);
      const crowded = await measure(shop, 'crowded');
      return findings(alone, crowded);
    } finally {
      await Promise.all([shop.close(), crowd.close()]);
    }
  },
};

async function measure(shop: Shop, name: string): Promise<Series> {
  const ours: number[] = [];
  const floor: number[] = [];
  for (let run = -WARM_UP; run < RUNS; run++) {
    const service = `${name}-${run + WARM_UP}`;
    await shop.timeUntil(() => shop.consumer(service, { service }), { count: 1, phase: 'Held' });
    const start = performance.now();
    await shop.bareWrite(`bare-${service}`);
    const written = performance.now() - start;
    const supplied = await shop.timeUntil(() => shop.provide(service), { count: 1, phase: 'Related' });
    if (run < 0) continue;
    floor.push(written);
    ours.push(supplied);
  }
  return { ours, floor };
}

/** Consumers and Services that have nothing to do with what is measured; no pods, so that the node is not what is measured. */
async function gather(crowd: Shop, { log }: Bench): Promise<void> {
  await Shop.each(CROWD.services, 8, (index) => crowd.provide(`service-${index}`));
  for (let from = 0; from < CROWD.consumers; from += 1_000) {
    await Shop.each(1_000, 8, (index) =>
      crowd.consumer(`consumer-${from + index}`, { service: `service-${(from + index) % CROWD.services}` }),
    );
    log(`  ${from + 1_000} consumers`);
  }
  await crowd.quiet(QUIET_MS);
}

function findings(alone: Series, crowded: Series): Findings {
  const series = { alone, crowded };
  const figures = (['alone', 'crowded'] as const).flatMap((each) => [
    { what: WHAT[each], of: 'orcon', unit: 'ms', values: series[each].ours },
    { what: WHAT[each], of: 'one bare API write', unit: 'ms', values: series[each].floor },
  ]);
  const of = ({ ours, floor }: Series, share: number) => quantile(ours, share) / quantile(floor, share);
  const goal = (what: string, measured: number, limit: number): Goal => ({ what, measured, unit: '', bound: 'at most', limit });
  return {
    figures,
    goals: [
      goal('Service to ConfigMap, p50, in bare API writes (p50)', of(alone, 0.5), 3),
      goal('Service to ConfigMap, p95, in bare API writes (p95)', of(alone, 0.95), 4),
      goal(`the same among ${CROWD.consumers} consumers, p50`, of(crowded, 0.5), 3),
      goal(`the same among ${CROWD.consumers} consumers, p95`, of(crowded, 0.95), 4),
      goal(
        'what the others cost: ratio of both medians, each over its own floor',
        medianRatio(crowded.ours, crowded.floor) / medianRatio(alone.ours, alone.floor),
        1.2,
      ),
    ],
    charts: [{ file: 'appearance', title: 'From a Service to the ConfigMap of its consumer', figures: Object.values(WHAT) }],
    conditions: [
      `${RUNS} runs after ${WARM_UP} that do not count, each one of orcon's and one bare write in turn; time from sending the request that creates the Service (headless) until a watch tells of the ConfigMap`,
      `the others: ${CROWD.consumers} Deployments without pods and ${CROWD.services} Services, all supplied`,
    ],
  };
}
