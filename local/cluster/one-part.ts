import { adminCredentials } from './api.ts';
import { locked } from './lock.ts';
import { waitForNode } from './node.ts';
import { ownership } from './ownership.ts';
import { allParts } from './parts/all.ts';
import type { PartName } from './parts/part.ts';
import { startPart as start } from './parts/start-part.ts';
import { type Places, places } from './places.ts';
import { end } from './processes.ts';
import { type ClusterRecord, isRunning, readRecord, withProcess, writeRecord } from './record.ts';
import { type ClusterSettings, paths } from './settings.ts';

/** What a part is given to close what it does, milliseconds. */
const PATIENCE = 5_000;
const NODE_PATIENCE = 60_000;

/**
 * Ends one part of the running cluster, for tests of what happens without it; the others go on.
 *
 * @param patience what it is given to close what it does, milliseconds; with 0 it crashes.
 */
export async function stopPart(name: PartName, patience = PATIENCE): Promise<void> {
  await withRunning(async ({ record, at }) => {
    const process = record.processes[name];
    if (process) await end([process], patience);
    writeRecord(at.record, withProcess(record, name, undefined));
  });
}

/** Starts one part again; returns when it is ready. Does nothing if it runs. */
export async function startPart(name: PartName): Promise<void> {
  await withRunning(async ({ record, settings, at }) => {
    const part = allParts(settings).find((one) => one.name === name);
    if (!part || isRunning(record, name)) return;
    const since = new Date();
    await start(part, { settings, ownRoot: record.processes['own-root'] }, (process) =>
      writeRecord(at.record, withProcess(record, name, process)),
    );
    // A kubelet answers before it knows the node's pods again.
    if (name === 'kubelet' && isRunning(record, 'kube-apiserver')) {
      await waitForNode(adminCredentials(paths(settings).keys), NODE_PATIENCE, since);
    }
  });
}

interface Running {
  readonly record: ClusterRecord;
  readonly settings: ClusterSettings;
  readonly at: Places;
}

function withRunning(work: (running: Running) => Promise<void>): Promise<void> {
  const at = places();
  const nobodyListens = () => {};
  return locked(at.lock, nobodyListens, async () => {
    const record = readRecord(at.record);
    if (!record?.settings || ownership(record, at.checkout) !== 'ours') {
      throw new Error('no embedded cluster of this checkout runs: start it with `npm run cluster:up`');
    }
    await work({ record, settings: record.settings, at });
  });
}
