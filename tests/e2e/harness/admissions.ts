import type { V1Deployment } from '@kubernetes/client-node';
import { STAMP } from '../../../relations/vocabulary.ts';
import { create } from './api.ts';
import { type Load, underLoad } from './load.ts';
import { deployment } from './manifests.ts';
import type { TestNamespace } from './namespace.ts';

/** What became of the consumers that were offered to the API server. */
export interface Admissions {
  readonly stamped: number;
  /** Let through as if there were no orcon. */
  readonly unstamped: number;
  /** A line for each that was refused. */
  readonly refused: readonly string[];
}

const USUAL: Load = { perSecond: 50, atOnce: 8 };

/**
 * Offers consumers (as dry runs, through the webhook all the same) from the beginning of `work` to its end, at a load's pace.
 *
 * @param work is given when consumers were stamped, by `performance.now()`: it grows while `work` goes on
 */
export async function admissionsDuring(
  ns: TestNamespace,
  work: (stampedAt: readonly number[]) => Promise<unknown>,
  load = USUAL,
): Promise<Admissions> {
  const stampedAt: number[] = [];
  let unstamped = 0;
  const refused: string[] = [];
  const offer = async () => {
    const object = deployment(ns.name, 'offered', { consumes: 'sse', relations: 'sse-endpoint' });
    try {
      const answer = await create<V1Deployment>(ns.path('Deployment'), object, { dryRun: 'All' });
      if (answer.object.spec?.template.metadata?.annotations?.[STAMP]) stampedAt.push(performance.now());
      else unstamped += 1;
    } catch (error) {
      refused.push(String(error));
    }
  };
  await underLoad(load, offer, () => work(stampedAt));
  return { stamped: stampedAt.length, unstamped, refused };
}

/** How these moments are spread over a stretch of time: how many there are a second, and how long at most there was none. */
export function courseOf(moments: readonly number[], from: number, to: number) {
  const within = moments.filter((moment) => from <= moment && moment <= to);
  const pauses = [...within, to].map((moment, index) => moment - (within[index - 1] ?? from));
  return { perSecond: (1000 * within.length) / (to - from), longestPauseMs: Math.max(...pauses) };
}
