/** The embedded cluster: a one-node Kubernetes on this machine, for the demo, development and e2e tests. */
export { CONTEXT, DEMO_IMAGE, GATE_BASE_IMAGE, NODE_IMAGE, NODE_NAME, PORTS, REGISTRY } from './addresses.ts';
export type { EmbeddedCluster } from './embedded-cluster.ts';
export { startPart, stopPart } from './one-part.ts';
export { PART_NAMES, type PartName } from './parts/part.ts';
export type { Log } from './progress.ts';
export { type StartOptions, startCluster } from './start.ts';
export { type ClusterStatus, clusterStatus, type PartStatus } from './status.ts';
export { stopCluster } from './stop.ts';
