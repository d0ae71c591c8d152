import { setTimeout as pause } from 'node:timers/promises';
import type { V1Deployment } from '@kubernetes/client-node';
import { STAMP } from '../../../relations/vocabulary.ts';
import { create } from './api.ts';
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

/** So many are offered in each second that the work takes; what a slow moment leaves undone is made up for. */
const PER_SECOND = 50;
/** Offers that are on their way at the same time: no more, however slow the API server is. */
const AT_A_TIME = 8;
/** Between two looks whether the next one is due. */
const PAUSE_MS = 5;

/**
 * Offers consumers (as dry runs, through the webhook all the same) from the beginning of `work` to its end. At least
 * {@link PER_SECOND} times the seconds that it takes are offered, in the end without a pause.
 */
export async function admissionsDuring(ns: TestNamespace, work: () => Promise<unknown>): Promise<Admissions> {
  let stamped = 0;
  let unstamped = 0;
  const refused: string[] = [];
  const offer = async () => {
    const object = deployment(ns.name, 'offered', { consumes: 'sse', relations: 'sse-endpoint' });
    try {
      const answer = await create<V1Deployment>(ns.path('Deployment'), object, { dryRun: 'All' });
      if (answer.object.spec?.template.metadata?.annotations?.[STAMP]) stamped += 1;
      else unstamped += 1;
    } catch (error) {
      refused.push(String(error));
    }
  };

  const begin = performance.now();
  let end: number | undefined;
  let offered = 0;
  const due = () => (((end ?? performance.now()) - begin) / 1000) * PER_SECOND;
  const client = async () => {
    while (end === undefined || offered < due()) {
      if (offered < due()) {
        offered += 1;
        await offer();
      } else await pause(PAUSE_MS);
    }
  };
  const clients = Array.from({ length: AT_A_TIME }, client);
  try {
    await work();
  } finally {
    end = performance.now();
    await Promise.all(clients);
  }
  return { stamped, unstamped, refused };
}
