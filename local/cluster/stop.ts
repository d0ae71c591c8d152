import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { locked } from './lock.ts';
import { restoreKernel } from './network.ts';
import { ownership, refusal } from './ownership.ts';
import { type Places, places } from './places.ts';
import type { Log } from './progress.ts';
import { type ClusterRecord, currentBoot, readRecord, removeRecord } from './record.ts';
import { clearAway } from './residue.ts';

/**
 * Ends the machine's embedded cluster and clears away all of it but the logs; what is left of one that crashed, too.
 *
 * @returns whether there was one on record.
 * @throws Error if it is another living checkout's and not to be taken over.
 */
export async function stopCluster({ takeOver, log }: { readonly takeOver: boolean; readonly log: Log }): Promise<boolean> {
  const at = places();
  return locked(at.lock, log, async () => {
    const record = readRecord(at.record);
    if (record && !takeOver && ownership(record, at.checkout) === 'other') throw new Error(refusal(record));
    await clear(record, at);
    return record !== undefined;
  });
}

/** Clears away a cluster, whether or not a record tells of it. To be called with the lock held. */
export async function clear(record: ClusterRecord | undefined, at: Places): Promise<void> {
  // The folder is the first that a start makes and the last that goes. Without it nothing is ours: not even the rules and
  // groups that bear our names, if this is a chroot on a machine that has a cluster of its own.
  if (!record && !existsSync(at.cluster)) return;
  const ofThisBoot = record?.boot === currentBoot() ? record : undefined;
  await clearAway(at.cluster, Object.values(ofThisBoot?.processes ?? {}), join(at.logs, 'network.log'));
  if (ofThisBoot) restoreKernel(ofThisBoot.kernel);
  removeRecord(at.record);
}
