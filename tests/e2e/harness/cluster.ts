import { clusterStatus, type EmbeddedCluster } from '../../../local/cluster/index.ts';

async function running(): Promise<EmbeddedCluster> {
  const status = await clusterStatus();
  if (!status?.isOurs || status.phase !== 'running' || !status.cluster)
    throw new Error('no embedded cluster of this checkout runs: `npm run test:e2e` starts one, `npm run cluster:up` too');
  return status.cluster;
}

/** The embedded cluster that the tests run on. */
export const cluster: EmbeddedCluster = await running();
