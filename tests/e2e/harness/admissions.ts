import type { V1Deployment } from '@kubernetes/client-node';
import { STAMP } from '../../../relations/vocabulary.ts';
import { create } from './api.ts';
import { deployment } from './manifests.ts';
import type { TestNamespace } from './namespace.ts';

/** What became of the consumers that were offered to the API server one after the other. */
export interface Admissions {
  readonly stamped: number;
  /** Let through as if there were no orcon. */
  readonly unstamped: number;
  /** A line for each that was refused. */
  readonly refused: readonly string[];
}

/** Offers consumers (as dry runs, through the webhook all the same) for as long as `work` takes. */
export async function admissionsDuring(ns: TestNamespace, work: () => Promise<unknown>): Promise<Admissions> {
  let stamped = 0;
  let unstamped = 0;
  const refused: string[] = [];
  let working = true;
  const offering = (async () => {
    while (working) {
      const object = deployment(ns.name, 'offered', { consumes: 'sse', relations: 'sse-endpoint' });
      try {
        const answer = await create<V1Deployment>(ns.path('Deployment'), object, { dryRun: 'All' });
        if (answer.object.spec?.template.metadata?.annotations?.[STAMP]) stamped += 1;
        else unstamped += 1;
      } catch (error) {
        refused.push(String(error));
      }
    }
  })();
  try {
    await work();
  } finally {
    working = false;
    await offering;
  }
  return { stamped, unstamped, refused };
}
