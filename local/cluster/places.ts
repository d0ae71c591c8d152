import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Name of the folder of links to programs, below a cluster's own. */
export const LINKS = 'bin';

/** Where everything of the embedded cluster lies. All paths are absolute. */
export interface Places {
  /** This checkout of the repository. */
  readonly checkout: string;
  /** Built programs and base images; kept between clusters, shared by checkouts. */
  readonly cache: string;
  /** The machine's one cluster, whichever checkout started it. */
  readonly state: string;
  /** What runs, since when and for which checkout. */
  readonly record: string;
  /** Held while a cluster is being started or stopped. */
  readonly lock: string;
  /** One log a part; they outlive the cluster, so that its end can be looked into. */
  readonly logs: string;
  /** Everything that ends with the cluster: keys, etcd, images, pods, and what callers put there. */
  readonly cluster: string;
}

/**
 * Reads the two places that can be moved, `ORCON_CACHE` (default `~/.cache/orcon`) and `ORCON_STATE` (default
 * `/var/lib/orcon`). The state is outside any checkout, because one machine has one cluster.
 */
export function places(environment: NodeJS.ProcessEnv = process.env): Places {
  const state = environment.ORCON_STATE || '/var/lib/orcon';
  return {
    checkout: fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, ''),
    cache: environment.ORCON_CACHE || join(homedir(), '.cache', 'orcon'),
    state,
    record: join(state, 'record.json'),
    lock: join(state, 'lock'),
    logs: join(state, 'logs'),
    cluster: join(state, 'cluster'),
  };
}
