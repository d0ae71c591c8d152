import { WORKERS } from '../../../controller/controller.ts';
import { type Figure, type Goal, median, medianRatio } from '../figures.ts';
import type { Bench, Findings, Part } from '../part.ts';
import { Shop } from './shop.ts';

const RUNS = 5;
const SIZES = [200, 1_000] as const;
const SERVICE = 'fan';
const QUIET_MS = 1_500;
/** Consumers that are there before the Service is: the first time that they are supplied is measured once. */
const THINGS = { appears: 'a Service appears', changes: 'a value changes', bare: 'bare creates' } as const;
type Times = { readonly [thing in keyof typeof THINGS]: number[] };

/** One Service, many consumers: how long until the ConfigMap of every one is written. */
export const fanOut: Part = {
  name: 'fan-out',
  title: 'From one Service to the ConfigMaps of all its consumers',
  run: async (bench) => {
    const found: Array<readonly [number, Times]> = [];
    for (const size of SIZES) found.push([size, await measure(bench, size)]);
    return findings(found);
  },
};

async function measure({ deployed, log }: Bench, count: number): Promise<Times> {
  const { client, kubectl } = await deployed();
  const shop = await Shop.open(`orcon-bench-fan-${count}`, client, kubectl);
  const times: Times = { appears: [], changes: [], bare: [] };
  try {
    const consumers = () => Shop.each(count, WORKERS, (index) => shop.consumer(`web-${index}`, { service: SERVICE }));
    await shop.timeUntil(consumers, { count, phase: 'Held' });
    for (let run = 1; run <= RUNS; run++) {
      await shop.quiet(QUIET_MS);
      const start = performance.now();
      await Shop.each(count, WORKERS, (index) => shop.bareWrite(`bare-${run}-${index}`));
      times.bare.push(performance.now() - start);
      await shop.removeBare();
      await shop.quiet(QUIET_MS);
      times.appears.push(await shop.timeUntil(() => shop.provide(SERVICE, 'first'), { count, phase: 'Related' }));
      await shop.quiet(QUIET_MS);
      const value = `value ${run}`;
      times.changes.push(await shop.timeUntil(() => shop.change(SERVICE, value), { count, phase: 'Related', value }));
      // The rolls go on, at their pace; a change back belongs to the next appearance.
      await shop.quiet(QUIET_MS);
      await shop.timeUntil(() => shop.withdraw(SERVICE), { count, phase: 'Broken' });
      const [bare = 0, appears = 0, changes = 0] = [times.bare, times.appears, times.changes].map((all) => all.at(-1));
      log(`  ${count} consumers, run ${run}: ${appears.toFixed(0)} and ${changes.toFixed(0)} ms, bare ${bare.toFixed(0)} ms`);
    }
    return times;
  } finally {
    await shop.close();
  }
}

function findings(found: readonly (readonly [number, Times])[]): Findings {
  const what = (count: number) => `${count.toLocaleString('en')} consumers`;
  const figures: Figure[] = found.flatMap(([count, times]) =>
    (['appears', 'changes', 'bare'] as const).map((thing) => ({
      what: what(count),
      of: THINGS[thing],
      unit: 'ms',
      values: times[thing],
    })),
  );
  const goals: Goal[] = found.flatMap(([count, times]) =>
    (['appears', 'changes'] as const).map((thing) => ({
      what: `${THINGS[thing]}, ${what(count)}: all ConfigMaps, over as many bare creates`,
      measured: medianRatio(times[thing], times.bare),
      unit: '',
      bound: 'at most' as const,
      limit: 2.5,
    })),
  );
  const rate = found.map(([count, { bare }]) => `${Math.round((count / median(bare)) * 1000)}/s with ${count}`).join(', ');
  return {
    figures,
    goals,
    charts: [{ file: 'fan-out', title: 'From one Service to all ConfigMaps', figures: found.map(([count]) => what(count)) }],
    conditions: [
      `${RUNS} runs of each, in turn; until a watch has told of the last ConfigMap; bare creates ${WORKERS} at a time, as orcon writes (${rate})`,
      'the consumers are Deployments without pods; the first time that the Service appears gives the permits, later ones end a Broken relation with a changed value',
    ],
  };
}
