import type { Client } from '../../controller/kube/client.ts';
import type { EmbeddedCluster, Log } from '../../local/cluster/index.ts';
import type { Kubectl } from '../../local/kubectl.ts';
import type { Pulumi } from '../../local/pulumi/pulumi.ts';
import type { Figure, Goal } from './figures.ts';

/** A bar chart of the figures of one unit, each with its spread. */
export interface Chart {
  /** Name of the file, without `.svg`. */
  readonly file: string;
  readonly title: string;
  /** The `what` of the figures to show, in this order. */
  readonly figures: readonly string[];
}

/** What a part of the benchmarks has found. */
export interface Findings {
  readonly figures: readonly Figure[];
  readonly goals: readonly Goal[];
  readonly charts: readonly Chart[];
  /** What a reader has to know to judge the figures: how it was measured, how many runs, what was left out. A line each. */
  readonly conditions: readonly string[];
}

/** The embedded cluster with orcon as this checkout has it. */
export interface Deployed {
  readonly cluster: EmbeddedCluster;
  readonly kubectl: Kubectl;
  readonly client: Client;
  readonly pulumi: Pulumi;
  /** The namespace of orcon. */
  readonly namespace: string;
}

/** What a part is given. */
export interface Bench {
  readonly log: Log;
  /** At the first call the embedded cluster is started, where it does not run, and orcon deployed. */
  readonly deployed: () => Promise<Deployed>;
}

/** A part of the benchmarks: `npm run bench NAME`. It leaves the cluster as it found it. */
export interface Part {
  readonly name: string;
  readonly title: string;
  readonly run: (bench: Bench) => Promise<Findings>;
}
