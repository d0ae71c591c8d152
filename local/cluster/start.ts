import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { PORTS } from './addresses.ts';
import { adminCredentials } from './api.ts';
import { ask } from './ask.ts';
import { bringUp, linkPrograms, type Started, startInOrder } from './bring-up.ts';
import { type EmbeddedCluster, embeddedCluster } from './embedded-cluster.ts';
import { GO_PROGRAMS } from './go-builds.ts';
import { locked } from './lock.ts';
import { readKernel } from './network.ts';
import { waitForNode } from './node.ts';
import { ownership, refusal } from './ownership.ts';
import { allParts } from './parts/all.ts';
import { type Places, places } from './places.ts';
import { checkPorts } from './ports.ts';
import { duration, type Log } from './progress.ts';
import { provide } from './provide.ts';
import { type ClusterRecord, currentBoot, isRunning, readRecord, withProcess, writeRecord } from './record.ts';
import { type ClusterSettings, paths } from './settings.ts';
import { clear } from './stop.ts';
import { readVersion } from './versions.ts';

const NODE_PATIENCE = 60_000;

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
  refuseAnothers(readRecord(at.record), at, takeOver);
  const settings: ClusterSettings = { folder: at.cluster, logs: at.logs, ...(await provide(at, log)) };
  return locked(at.lock, log, async () => {
    const record = readRecord(at.record);
    refuseAnothers(record, at, takeOver);
    if (record && !fresh && isUsable(record, settings, at)) {
      await mend(record, settings, at, log);
      return embeddedCluster(settings);
    }
    tellWhatEnds(record, at, fresh, log);
    await clear(record, at);
    await checkPorts();
    const start = Date.now();
    await begin(settings, at, log).catch((error: unknown) => clearAfter(error, at, log));
    log(`the embedded cluster is up after ${duration(Date.now() - start)}`);
    return embeddedCluster(settings);
  });
}

function refuseAnothers(record: ClusterRecord | undefined, at: Places, takeOver: boolean): void {
  if (record && !takeOver && ownership(record, at.checkout) === 'other') throw new Error(refusal(record));
}

/** Whether a recorded cluster is what would be started now; programs of its users may have changed. */
function isUsable(record: ClusterRecord, settings: ClusterSettings, at: Places): boolean {
  if (record.phase !== 'running' || ownership(record, at.checkout) !== 'ours' || !record.settings) return false;
  const { kubectl, docker, pulumi, 'pulumi-language-nodejs': host } = settings.programs;
  const programs = { ...record.settings.programs, kubectl, docker, pulumi, 'pulumi-language-nodejs': host };
  return isDeepStrictEqual({ ...record.settings, programs }, settings);
}

function tellWhatEnds(record: ClusterRecord | undefined, at: Places, fresh: boolean, log: Log): void {
  if (!record) return;
  if (record.phase === 'starting') {
    log(`clearing away what is left of a start at ${record.started} that was cut off`);
    return;
  }
  const told = {
    none: `clearing away what is left of the embedded cluster of ${record.started}`,
    ours: `ending the embedded cluster that runs${fresh ? ', for an empty one' : ': this checkout would now start another'}`,
    abandoned: `ending the embedded cluster of ${record.checkout}, a folder that is no more`,
    other: `taking over the machine's embedded cluster from ${record.checkout}: the one that runs is ended`,
  };
  log(told[ownership(record, at.checkout)]);
}

/** Clears away what a failed start left running; its logs stay. */
async function clearAfter(failure: unknown, at: Places, log: Log): Promise<never> {
  try {
    await clear(readRecord(at.record), at);
  } catch (error) {
    // What made the start fail is what is to be told first; the next start will try this again.
    log(`and what was started could not be cleared away: ${error instanceof Error ? error.message : error}`);
  }
  throw failure;
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
  const change = (next: ClusterRecord) => {
    record = next;
    writeRecord(at.record, record);
  };
  change(record);
  setLogsAside(at.logs);
  await bringUp(settings, at.cache, (name, process) => change(withProcess(record, name, process)), log);
  change({ ...record, phase: 'running' });
}

/** Each cluster has logs of its own; those of the one before are kept in `logs.previous`. */
function setLogsAside(logs: string): void {
  rmSync(`${logs}.previous`, { recursive: true, force: true });
  if (existsSync(logs)) renameSync(logs, `${logs}.previous`);
  mkdirSync(logs, { recursive: true });
}

/** Starts the parts again that have ended. */
async function mend(before: ClusterRecord, settings: ClusterSettings, at: Places, log: Log): Promise<void> {
  const dead = allParts(settings).filter(({ name }) => !isRunning(before, name));
  log(`this checkout's embedded cluster runs already, since ${before.started}`);
  if (dead.length > 0) log(`starting again what has ended of it: ${dead.map(({ name }) => name).join(', ')}`);
  const start = new Date();
  let record: ClusterRecord = { ...before, settings };
  writeRecord(at.record, record);
  linkPrograms(settings);
  const started: Started = (name, process) => {
    record = withProcess(record, name, process);
    writeRecord(at.record, record);
  };
  await startInOrder(dead, settings, started, record.processes);
  const heardSince = dead.some(({ name }) => name === 'kubelet') ? start : new Date(before.started);
  await waitForNode(adminCredentials(paths(settings).keys), NODE_PATIENCE, heardSince);
}

async function versions({ programs }: ClusterSettings): Promise<Record<string, string>> {
  const version = async (program: string) => readVersion(await ask(program, ['--version']))?.join('.') ?? 'unknown';
  const [containerd, docker, registry] = await Promise.all(
    [programs.containerd, programs.dockerd, programs.registry].map(version),
  );
  return {
    Kubernetes: GO_PROGRAMS.kube.version,
    etcd: GO_PROGRAMS.etcd.version,
    CoreDNS: GO_PROGRAMS.coredns.version,
    containerd: containerd ?? 'unknown',
    'Docker Engine': docker ?? 'unknown',
    registry: registry ?? 'unknown',
  };
}
