import { existsSync } from 'node:fs';
import { adminCredentials } from './api.ts';
import { type EmbeddedCluster, embeddedCluster } from './embedded-cluster.ts';
import { ownership } from './ownership.ts';
import { allParts } from './parts/all.ts';
import type { Part, PartName } from './parts/part.ts';
import { isReady, logOf } from './parts/start-part.ts';
import { places } from './places.ts';
import { type ClusterRecord, isRunning, readRecord } from './record.ts';
import { type ClusterSettings, paths } from './settings.ts';

/** One part of a cluster. */
export interface PartStatus {
  readonly name: PartName;
  readonly state: 'ready' | 'not ready' | 'ended';
  readonly pid: number | undefined;
  readonly log: string;
}

/** What is to be told of the machine's embedded cluster. */
export interface ClusterStatus {
  /** The checkout that started it, and whether that is this one. */
  readonly checkout: string;
  readonly isOurs: boolean;
  readonly started: string;
  /** `ended` if none of its processes lives, though nobody took it down. */
  readonly phase: ClusterRecord['phase'] | 'ended';
  readonly versions: Readonly<Record<string, string>>;
  readonly ports: Readonly<Record<string, number>>;
  readonly parts: readonly PartStatus[];
  /** Absent if a checkout of another version started it, or before it has keys. */
  readonly cluster: EmbeddedCluster | undefined;
}

/** Describes the machine's embedded cluster, whichever checkout started it; undefined if there is none on record. */
export async function clusterStatus(): Promise<ClusterStatus | undefined> {
  const at = places();
  const record = readRecord(at.record);
  if (!record) return undefined;
  const { checkout, started, versions, ports, settings } = record;
  const usable = settings && existsSync(paths(settings).kubeconfig) ? settings : undefined;
  return {
    checkout,
    isOurs: checkout === at.checkout,
    started,
    phase: ownership(record, at.checkout) === 'none' ? 'ended' : record.phase,
    versions,
    ports,
    parts: usable ? await Promise.all(allParts(usable).map((part) => partStatus(part, record, usable))) : [],
    cluster: usable && embeddedCluster(usable),
  };
}

async function partStatus(part: Part, record: ClusterRecord, settings: ClusterSettings): Promise<PartStatus> {
  const log = logOf(part, settings.logs);
  if (!isRunning(record, part.name)) return { name: part.name, state: 'ended', pid: undefined, log };
  const ready = await isReady(part, adminCredentials(paths(settings).keys));
  return { name: part.name, state: ready ? 'ready' : 'not ready', pid: record.processes[part.name]?.pid, log };
}
