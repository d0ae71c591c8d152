import { join } from 'node:path';
import { z } from 'zod';
import { LINKS } from './places.ts';
import { programsSchema } from './programs.ts';

/** What a cluster was started with: enough to start any of its parts again, from another process too. */
export const clusterSettings = z.object({
  /** The cluster's folder; all that it writes is below. */
  folder: z.string(),
  logs: z.string(),
  /** The node's IPv4 address. */
  address: z.string(),
  cgroup: z.object({ version: z.union([z.literal(1), z.literal(2)]), driver: z.enum(['cgroupfs', 'systemd']) }),
  /** Whether containers may be given a lower OOM score than their starter's. */
  lowersOomScore: z.boolean(),
  /** Whether this machine's root is a folder of another's: containers are then started from a root of their own. */
  isChroot: z.boolean(),
  programs: programsSchema,
});

export type ClusterSettings = Readonly<z.infer<typeof clusterSettings>>;

/** Files and folders of a cluster that more than one part names. */
export function paths({ folder }: Pick<ClusterSettings, 'folder'>) {
  return {
    keys: join(folder, 'keys'),
    kubeconfigs: join(folder, 'kubeconfigs'),
    /** The administrator's, for users and callers. */
    kubeconfig: join(folder, 'kubeconfig'),
    /** Links to the programs that users of the cluster want. */
    bin: join(folder, LINKS),
    containerdSocket: join(folder, 'containerd', 'containerd.sock'),
    dockerSocket: join(folder, 'docker.sock'),
    dockerConfig: join(folder, 'docker-client'),
    kubelet: join(folder, 'kubelet'),
  };
}
