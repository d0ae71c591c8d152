import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { PartName } from './parts/part.ts';
import { isAlive, type ProcessIdentity } from './processes.ts';
import { clusterSettings } from './settings.ts';

const processIdentity = z.object({ pid: z.number().int(), startTime: z.number().int() });

const clusterRecord = z.object({
  /** The checkout that started the cluster. */
  checkout: z.string(),
  /** The machine's boot; pids and start times of another one mean nothing. */
  boot: z.string(),
  started: z.string(),
  /** `starting` until the node is ready: a record left in it tells of a start that was cut off. */
  phase: z.enum(['starting', 'running']),
  /** Absent where another version of this program wrote others: such a cluster can be ended, but not used. */
  settings: clusterSettings.optional().catch(undefined),
  versions: z.record(z.string(), z.string()),
  ports: z.record(z.string(), z.number()),
  /** By the part's name. */
  processes: z.record(z.string(), processIdentity),
  /** Kernel settings as they were before. */
  kernel: z.record(z.string(), z.string()),
});

/** What is known of the machine's one embedded cluster. */
export type ClusterRecord = Readonly<z.infer<typeof clusterRecord>>;

/** Identifies the running boot of this machine. */
export function currentBoot(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Reads the record; undefined if there is none that can be read: its cluster is then found by what runs (residue.ts). */
export function readRecord(file: string): ClusterRecord | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    const read = clusterRecord.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

/** Replaces the record as a whole: a reader sees the old one or the new one. */
export function writeRecord(file: string, record: ClusterRecord): void {
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(record, undefined, 2)}\n`);
  renameSync(unfinished, file);
}

export function removeRecord(file: string): void {
  rmSync(file, { force: true });
}

/** The record with one part's process put in, or taken out if there is none. */
export function withProcess(record: ClusterRecord, name: PartName, process: ProcessIdentity | undefined): ClusterRecord {
  const { [name]: _, ...others } = record.processes;
  return { ...record, processes: process ? { ...others, [name]: process } : others };
}

export function isRunning({ processes }: ClusterRecord, name: PartName): boolean {
  const process = processes[name];
  return process !== undefined && isAlive(process);
}
