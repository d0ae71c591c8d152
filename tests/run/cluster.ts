import { startCluster, stopCluster } from '../../local/cluster/index.ts';
import { none } from './counts.ts';
import type { Step } from './step.ts';

const log = (line: string) => console.log(`   ${line}`);
/** Whether the cluster stays when the tests are through, for looking around. */
const KEEP = 'ORCON_KEEP_CLUSTER';

/** Starts an empty embedded cluster, also in the place of one that runs. No test of its own; without it none can run. */
export const beginCluster: Step = {
  title: 'an empty embedded cluster',
  vital: true,
  run: async () => {
    await startCluster({ takeOver: true, fresh: true, log });
    return none;
  },
};

export const endCluster: Step = {
  title: 'the embedded cluster is taken down',
  always: true,
  run: async () => {
    if (process.env[KEEP]) log(`${KEEP} is set: it stays; \`npm run cluster:down\` ends it`);
    else await stopCluster({ takeOver: false, log });
    return none;
  },
};
