import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { PORTS } from './addresses.ts';
import { adminCredentials } from './api.ts';
import { ask } from './ask.ts';
import { bringUp, startInOrder } from './bring-up.ts';
import { type EmbeddedCluster, embeddedCluster } from './embedded-cluster.ts';
import { GO_PROGRAMS } from './go-builds.ts';
import { locked } from './lock.ts';
import { readKernel, restoreKernel } from './network.ts';
import { waitForNode } from './objects.ts';
import { ownership, refusal } from './ownership.ts';
import { allParts } from './parts/all.ts';
import type { PartName } from './parts/part.ts';
import { isReady, logOf, startPart as startOne } from './parts/start-part.ts';
import { type Places, places } from './places.ts';
import { checkPorts } from './ports.ts';
import { end, isAlive } from './processes.ts';
import { duration, type Log } from './progress.ts';
import { provide } from './provide.ts';
import { type ClusterRecord, currentBoot, readRecord, removeRecord, withProcess, writeRecord } from './record.ts';
import { clearAway } from './residue.ts';
import { type ClusterSettings, paths } from './settings.ts';
import { readVersion } from './versions.ts';

export type { EmbeddedCluster } from './embedded-cluster.ts';
export type { PartName } from './parts/part.ts';
export { PART_NAMES } from './parts/part.ts';

export interface StartOptions {
  /** Whether another living checkout's cluster is ended for ours; refused otherwise. */
  readonly takeOver: boolean;
  /** Whether a running cluster of ours is replaced by an empty one; used as it is otherwise. */
  readonly fresh: boolean;
  readonly log: Log;
}

/**
 * Gets what is missing and starts the machine's embedded cluster, or uses the one of this checkout that runs. What an earlier
 * one left, also by a crash, is cleared away first.
 *
 * @returns once the node is Ready, base images are in the registry and names resolve.
 * @throws Error if the machine cannot run it, another checkout's runs and is not to be taken over, or a step fails.
 */
export async function startCluster({ takeOver, fresh, log }: StartOptions): Promise<EmbeddedCluster> {
  const at = places();
  mayStart(at, takeOver);
  const provision = await provide(at, log);
  const settings: ClusterSettings = { folder: at.cluster, logs: at.logs, ...provision };
  return locked(at.lock, log, async () => {
    const record = mayStart(at, takeOver);
    const owner = ownership(record, at.checkout);
    if (record && owner === 'ours' && !fresh && record.phase === 'running' && isDeepStrictEqual(record.settings, settings)) {
      await mend(record, at, log);
      return embeddedCluster(settings);
    }
    if (owner === 'other') log(`taking over the machine's embedded cluster from ${record?.checkout}: its cluster is ended`);
    if (owner === 'abandoned') log(`ending the embedded cluster of ${record?.checkout}, which is no more`);
    await clear(record, at);
    await checkPorts();
    const start = Date.now();
    await begin(settings, at, log);
    log(`the embedded cluster is up after ${duration(Date.now() - start)}`);
    return embeddedCluster(settings);
  });
}

/** The record, if whoever it tells of does not forbid a start. */
function mayStart(at: Places, takeOver: boolean): ClusterRecord | undefined {
  const record = readRecord(at.record);
  if (record && !takeOver && ownership(record, at.checkout) === 'other') throw new Error(refusal(record));
  return record;
}

async function begin(settings: ClusterSettings, at: Places, log: Log): Promise<void> {
  let record: ClusterRecord = {
    checkout: at.checkout,
    boot: currentBoot(),
    started: new Date().toISOString(),
    phase: 'starting',
    settings,
    versions: await versions(settings),
    ports: PORTS,
    processes: {},
    kernel: readKernel(),
  };
  writeRecord(at.record, record);
  const change = (next: ClusterRecord) => {
    record = next;
    writeRecord(at.record, record);
  };
  await bringUp(settings, at.cache, (name, process) => change(withProcess(record, name, process)), log);
  change({ ...record, phase: 'running' });
}

/** Starts the parts again that have ended. */
async function mend(record: ClusterRecord, at: Places, log: Log): Promise<void> {
  const { settings } = record;
  const dead = allParts(settings).filter(({ name }) => !isRunning(record, name));
  if (dead.length > 0)
    log(`the embedded cluster runs; starting again what has ended: ${dead.map(({ name }) => name).join(', ')}`);
  let next = record;
  await startInOrder(dead, settings, (name, process) => {
    next = withProcess(next, name, process);
    writeRecord(at.record, next);
  });
  await waitForNode(adminCredentials(paths(settings).keys), 60_000);
}

function isRunning({ processes }: ClusterRecord, name: PartName): boolean {
  const process = processes[name];
  return process !== undefined && isAlive(process);
}

async function clear(record: ClusterRecord | undefined, at: Places): Promise<void> {
  const ofThisBoot = record && record.boot === currentBoot() ? record : undefined;
  const recorded = Object.values(ofThisBoot?.processes ?? {}).flatMap((process) => process ?? []);
  await clearAway(at.cluster, recorded, join(at.logs, 'network.log'));
  if (ofThisBoot) restoreKernel(ofThisBoot.kernel);
  removeRecord(at.record);
}

/**
 * Ends the machine's embedded cluster and clears away all of it but the logs. Does nothing where there is none.
 *
 * @returns whether there was one.
 * @throws Error if it is another living checkout's and not to be taken over.
 */
export async function stopCluster({ takeOver, log }: { takeOver: boolean; log: Log }): Promise<boolean> {
  const at = places();
  return locked(at.lock, log, async () => {
    const record = mayStart(at, takeOver);
    await clear(record, at);
    return record !== undefined;
  });
}

/** One part of a running cluster. */
export interface PartStatus {
  readonly name: PartName;
  readonly state: 'ready' | 'not ready' | 'ended';
  readonly pid: number | undefined;
  readonly log: string;
}

/** What is to be told of the machine's embedded cluster. */
export interface ClusterStatus {
  readonly checkout: string;
  readonly isOurs: boolean;
  readonly started: string;
  readonly phase: ClusterRecord['phase'] | 'ended';
  readonly versions: Readonly<Record<string, string>>;
  readonly ports: Readonly<Record<string, number>>;
  readonly parts: readonly PartStatus[];
  readonly cluster: EmbeddedCluster;
}

/** Describes the machine's embedded cluster, whichever checkout started it; undefined if there is none. */
export async function clusterStatus(): Promise<ClusterStatus | undefined> {
  const at = places();
  const record = readRecord(at.record);
  if (!record) return undefined;
  const credentials = adminCredentials(paths(record.settings).keys);
  const parts = allParts(record.settings).map(async (part): Promise<PartStatus> => {
    const running = isRunning(record, part.name);
    const state = running ? ((await isReady(part, credentials)) ? 'ready' : 'not ready') : 'ended';
    return {
      name: part.name,
      state,
      pid: running ? record.processes[part.name]?.pid : undefined,
      log: logOf(part, record.settings.logs),
    };
  });
  const { checkout, started, versions, ports } = record;
  const owner = ownership(record, at.checkout);
  return {
    checkout,
    isOurs: checkout === at.checkout,
    started,
    phase: owner === 'none' ? 'ended' : record.phase,
    versions,
    ports,
    parts: await Promise.all(parts),
    cluster: embeddedCluster(record.settings),
  };
}

/** Ends one part of the running cluster, for tests of what happens without it; the others go on. */
export async function stopPart(name: PartName): Promise<void> {
  await withRunning(async (record, at) => {
    const process = record.processes[name];
    if (process) await end([process], 5_000);
    writeRecord(at.record, withProcess(record, name, undefined));
  });
}

/** Starts one part again; returns when it is ready. Does nothing if it runs. */
export async function startPart(name: PartName): Promise<void> {
  await withRunning(async (record, at) => {
    const part = allParts(record.settings).find((one) => one.name === name);
    if (!part || isRunning(record, name)) return;
    await startOne(part, record.settings, (process) => writeRecord(at.record, withProcess(record, name, process)));
  });
}

function withRunning(work: (record: ClusterRecord, at: Places) => Promise<void>): Promise<void> {
  const at = places();
  return locked(
    at.lock,
    () => {},
    async () => {
      const record = readRecord(at.record);
      if (!record || ownership(record, at.checkout) !== 'ours')
        throw new Error('no embedded cluster of this checkout runs: start it with `npm run cluster:up`');
      await work(record, at);
    },
  );
}

async function versions({ programs }: ClusterSettings): Promise<Record<string, string>> {
  const asked = async (program: string) => readVersion(await ask(program, ['--version']))?.join('.') ?? 'unknown';
  return {
    kubernetes: GO_PROGRAMS.kube.title,
    etcd: GO_PROGRAMS.etcd.title,
    coredns: GO_PROGRAMS.coredns.title,
    containerd: await asked(programs.containerd),
    docker: await asked(programs.dockerd),
    registry: await asked(programs.registry),
  };
}
