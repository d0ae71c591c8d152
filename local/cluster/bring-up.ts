import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEMO_IMAGE, GATE_BASE_IMAGE } from './addresses.ts';
import { adminCredentials } from './api.ts';
import { makeClusterKeys, writeClusterKeys } from './certificates.ts';
import { makeCgroups } from './cgroups.ts';
import { linkedPrograms } from './embedded-cluster.ts';
import { makeBaseImages, pushBaseImages } from './images/base-images.ts';
import { kubeconfig } from './kubeconfig.ts';
import { setUpNetwork } from './network.ts';
import { waitForNode } from './node.ts';
import { applyDns } from './objects.ts';
import { allParts } from './parts/all.ts';
import type { Part, PartName } from './parts/part.ts';
import { startPart } from './parts/start-part.ts';
import type { ProcessIdentity } from './processes.ts';
import { type Log, Progress } from './progress.ts';
import type { ClusterRecord } from './record.ts';
import { run } from './run.ts';
import { type ClusterSettings, paths } from './settings.ts';

const NODE_PATIENCE = 60_000;

/** Told of each process as soon as it is there. */
export type Started = (name: PartName, process: ProcessIdentity) => void;

/** Starts a cluster in a folder that does not exist yet; returns when its node is Ready and names resolve. */
export async function bringUp(settings: ClusterSettings, cache: string, started: Started, log: Log): Promise<void> {
  const start = new Date();
  const progress = new Progress(3, log);
  await progress.step('making keys and configuration', () => prepare(settings));
  const credentials = adminCredentials(paths(settings).keys);
  const parts = allParts(settings);
  await progress.step(`starting ${parts.map(({ name }) => name).join(', ')}`, () =>
    startInOrder(
      parts,
      settings,
      started,
      {},
      {
        // CoreDNS is ready only once it may read what it answers from.
        'kube-apiserver': () => applyDns(settings.address, credentials),
        registry: async () => pushBaseImages(await makeBaseImages(settings.programs, cache)),
      },
    ),
  );
  await progress.step('waiting for the node to be Ready', () =>
    Promise.all([pullDemoImage(settings), waitForNode(credentials, NODE_PATIENCE, start)]),
  );
}

/** Writes what the parts and the users find in the cluster's folder, and lets the machine route for pods. */
async function prepare(settings: ClusterSettings): Promise<void> {
  const at = paths(settings);
  for (const folder of [settings.folder, settings.logs, at.kubeconfigs, at.bin, at.dockerConfig])
    mkdirSync(folder, { recursive: true });
  const keys = await makeClusterKeys(settings.address);
  writeClusterKeys(keys, at.keys);
  for (const [name, pair] of Object.entries(keys.pairs)) {
    writeFileSync(join(at.kubeconfigs, name), kubeconfig(keys.authority, name, pair), { mode: 0o600 });
  }
  writeFileSync(at.kubeconfig, kubeconfig(keys.authority, 'orcon-admin', keys.pairs.admin), { mode: 0o600 });
  writeFileSync(join(at.dockerConfig, 'config.json'), '{}\n');
  linkPrograms(settings);
  makeCgroups(settings.cgroup);
  await setUpNetwork(settings.programs.nft, join(settings.folder, 'network.nft'), join(settings.logs, 'network.log'));
}

/** Links the programs that users of the cluster want into its `bin`. */
export function linkPrograms(settings: ClusterSettings): void {
  const { bin } = paths(settings);
  for (const [name, program] of Object.entries(linkedPrograms(settings))) {
    rmSync(join(bin, name), { force: true });
    symlinkSync(program, join(bin, name));
  }
}

/**
 * Starts parts, each as soon as those are ready that it comes after.
 *
 * @param running the parts that run already.
 * @param next what is to be done as soon as a part is ready, beside what else goes on.
 */
export async function startInOrder(
  parts: readonly Part[],
  settings: ClusterSettings,
  started: Started,
  running: ClusterRecord['processes'] = {},
  next: Partial<Record<PartName, () => Promise<void>>> = {},
): Promise<void> {
  let ownRoot = running['own-root'];
  const ready = new Map<PartName, Promise<void>>();
  for (const part of parts) {
    const before = Promise.all(part.after.map((name) => ready.get(name)));
    const begun = before.then(() =>
      startPart(part, { settings, ownRoot }, (process) => {
        if (part.name === 'own-root') ownRoot = process;
        started(part.name, process);
      }),
    );
    ready.set(part.name, begun);
  }
  const followers = parts.map(async ({ name }) => {
    await ready.get(name);
    await next[name]?.();
  });
  // All are waited for, so that no part is started any more after a failure has been told.
  const failed = (await Promise.allSettled(followers)).find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Gives the node the demo's image under the name that its manifest has. */
async function pullDemoImage(settings: ClusterSettings): Promise<void> {
  const log = join(settings.logs, 'demo-image.log');
  const ctr = (...args: string[]) =>
    run({
      program: settings.programs.ctr,
      args: ['--address', paths(settings).containerdSocket, '--namespace', 'k8s.io', 'images', ...args],
      log,
    });
  await ctr('pull', '--plain-http', GATE_BASE_IMAGE);
  await ctr('tag', '--force', GATE_BASE_IMAGE, DEMO_IMAGE);
  rmSync(log, { force: true });
}
