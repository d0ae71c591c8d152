import { existsSync } from 'node:fs';
import { isAlive } from './processes.ts';
import { type ClusterRecord, currentBoot } from './record.ts';

/**
 * Whose cluster a record tells of:
 * - `none`: no process of it lives; what it left is to be cleared away;
 * - `ours`: this checkout's;
 * - `abandoned`: it runs, but the checkout that started it is gone;
 * - `other`: another checkout's, which is still there.
 */
export type Ownership = 'none' | 'ours' | 'abandoned' | 'other';

/** What ownership is judged by; replaced in tests. */
export interface Witness {
  readonly boot: string;
  readonly isAlive: typeof isAlive;
  readonly exists: (path: string) => boolean;
}

const machine = (): Witness => ({ boot: currentBoot(), isAlive, exists: existsSync });

/** Judges a record from the view of a checkout. */
export function ownership(record: ClusterRecord | undefined, checkout: string, witness: Witness = machine()): Ownership {
  if (!record || record.boot !== witness.boot) return 'none';
  if (!Object.values(record.processes).some((process) => process && witness.isAlive(process))) return 'none';
  if (record.checkout === checkout) return 'ours';
  return witness.exists(record.checkout) ? 'other' : 'abandoned';
}

/** The refusal where another living checkout's cluster runs. */
export function refusal(record: ClusterRecord): string {
  return (
    `the machine's one embedded cluster is that of ${record.checkout} (running since ${record.started}); ` +
    'end it there with `npm run cluster:down`, or take it over, which ends it, with `npm run cluster:up -- --take-over`'
  );
}
