/** How long `pulumi up` takes from nothing and where nothing has changed, with the images already in the cluster's registry. */
import { deploy, STACK } from '../../local/deploy.ts';
import { type Figure, median } from './figures.ts';
import type { Part } from './part.ts';

const RUNS = 5;
const FROM_NOTHING = { what: 'pulumi up from nothing', limit: 25 };
const UNCHANGED = { what: 'pulumi up where nothing has changed', limit: 6 };

export const up: Part = {
  name: 'up',
  title: 'pulumi up, on the embedded cluster',
  run: async ({ deployed, log }) => {
    const { pulumi } = await deployed();
    const timed = async (work: () => Promise<unknown>) => {
      const start = performance.now();
      await work();
      return (performance.now() - start) / 1000;
    };
    const destroy = async () => {
      const { code, stderr } = await pulumi.run(['destroy', '--stack', STACK, '--yes', '--skip-preview']);
      if (code !== 0) throw new Error(`pulumi destroy ended with ${code}: ${stderr.trim()}`);
    };
    const fromNothing: number[] = [];
    const unchanged: number[] = [];
    const destroyed: number[] = [];
    for (let run = 1; run <= RUNS; run++) {
      log(`run ${run} of ${RUNS}`);
      destroyed.push(await timed(destroy));
      fromNothing.push(await timed(() => deploy(pulumi, log)));
      unchanged.push(await timed(() => deploy(pulumi, log)));
    }
    const figure = (what: string, values: readonly number[]): Figure => ({ what, of: 'seconds', unit: 's', values });
    return {
      figures: [figure(FROM_NOTHING.what, fromNothing), figure(UNCHANGED.what, unchanged), figure('pulumi destroy', destroyed)],
      goals: [
        { ...FROM_NOTHING, measured: median(fromNothing), unit: 's', bound: 'at most' },
        { ...UNCHANGED, measured: median(unchanged), unit: 's', bound: 'at most' },
      ],
      charts: [],
      conditions: [
        `${RUNS} runs; the images are built anew each time, from layers that are there; with --refresh, as npm run demo and the tests deploy`,
      ],
    };
  },
};
