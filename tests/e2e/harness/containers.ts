import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { V1Pod } from '@kubernetes/client-node';
import { cluster } from './cluster.ts';

const RUNTIME = 'containerd://';

/**
 * Sends a signal to the main process of a pod's container, as the node's kernel would: neither the kubelet nor the API server
 * is asked, so it works without either.
 */
export async function signalContainer({ metadata, status }: V1Pod, container: string, signal: NodeJS.Signals): Promise<void> {
  const found = status?.containerStatuses?.find(({ name }) => name === container)?.containerID;
  if (!found?.startsWith(RUNTIME)) throw new Error(`container ${container} of pod ${metadata?.name} does not run`);
  const { binaries, containerdSocket } = cluster;
  const args = ['--address', containerdSocket, '--namespace', 'k8s.io', 'tasks', 'kill', '--signal', signal];
  await promisify(execFile)(binaries.ctr, [...args, found.slice(RUNTIME.length)]);
}
