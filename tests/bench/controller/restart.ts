import type { Goal } from '../figures.ts';
import { median } from '../figures.ts';
import type { Part } from '../part.ts';
import { BundledController } from './bundled-controller.ts';
import { SimulatedCluster } from './simulated-cluster.ts';

const RUNS = 5;
const SIZE = { consumers: 5_000, services: 1_250 } as const;

/** The controller ends and begins again, or another takes over, with many relations around. */
export const restart: Part = {
  name: 'restart',
  title: 'Restart and change of leader with 5,000 relations',
  run: async ({ log }) => {
    const cluster = await SimulatedCluster.start();
    const restarts: number[] = [];
    const takeovers: number[] = [];
    const writes: number[] = [];
    let leader: BundledController | undefined;
    let standby: BundledController | undefined;
    try {
      await cluster.tell({ do: 'populate', ...SIZE, supplied: true });
      leader = await BundledController.start({ kubeconfig: cluster.kubeconfig, podName: 'first' });
      await leader.says('"message":"leading"');
      await leader.idle();
      for (let run = 1; run <= RUNS; run++) {
        const before = await writesOf(cluster);
        await leader.stop();
        const began = performance.now();
        leader = await BundledController.start({ kubeconfig: cluster.kubeconfig, podName: `restarted-${run}` });
        await cluster.tell({ do: 'relate', run });
        await cluster.supplied(run);
        restarts.push(performance.now() - began);
        await leader.idle();
        // The new consumer's own: one ConfigMap.
        writes.push((await writesOf(cluster)) - before - 1);

        standby = await BundledController.start({ kubeconfig: cluster.kubeconfig, podName: `standby-${run}` });
        await standby.says('every list is complete');
        const stopped = leader.stop().then(() => performance.now());
        await standby.says('"message":"leading"');
        takeovers.push(performance.now() - (await stopped));
        leader = standby;
        standby = undefined;
        await leader.idle();
        log(
          `  run ${run}: served ${restarts.at(-1)?.toFixed(0)} ms after the start, led ${takeovers.at(-1)?.toFixed(0)} ms after the stop`,
        );
      }
    } finally {
      await leader?.stop();
      await standby?.stop();
      await cluster.stop();
    }
    const atMost = (what: string, measured: number, limit: number, unit: string): Goal => ({
      what,
      measured,
      unit,
      bound: 'at most',
      limit,
    });
    const seconds = (values: readonly number[]) => values.map((value) => value / 1000);
    return {
      figures: [
        { what: 'start of the process to the first new relation served', of: 'orcon', unit: 's', values: seconds(restarts) },
        { what: 'end of the leader to the next one leading', of: 'orcon', unit: 's', values: seconds(takeovers) },
        { what: 'writes that a restart makes', of: 'orcon', unit: '', values: writes },
      ],
      goals: [
        atMost('restart: until the first new relation is served', median(seconds(restarts)), 3, 's'),
        atMost('change of leader after a clean stop', median(seconds(takeovers)), 2, 's'),
        atMost('writes that a restart makes', Math.max(...writes), 0, ''),
      ],
      charts: [],
      conditions: [
        `${RUNS} runs; a simulated API server in a process of its own, over TLS; ${SIZE.consumers} consumers, ${SIZE.services} Services; the controller as its image has it`,
        'the new relation is there before the process that starts has listed anything; the leader that ends gives its Lease back',
      ],
    };
  },
};

/** Writes so far to what relations are about: not the Lease, and no Events. */
async function writesOf(cluster: SimulatedCluster): Promise<number> {
  const { requests } = await cluster.counts();
  const counted = Object.entries(requests).filter(
    ([what]) => /^(create|patch|update|delete) /.test(what) && !/ (leases|events)/.test(what),
  );
  return counted.reduce((sum, [, count]) => sum + count, 0);
}
