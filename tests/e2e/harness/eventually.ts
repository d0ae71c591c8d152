import { setTimeout as pause } from 'node:timers/promises';

const INTERVAL_MS = 150;

/** The looking itself found that the condition can never hold any more. */
export class Hopeless extends Error {}

/**
 * Looks again and again until there is something to be seen, and returns it.
 *
 * @param what the condition, as a sentence
 * @param look gives undefined (or throws) while the condition does not hold
 * @throws Error with the condition, and what the last look threw, after `seconds`
 */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, seconds = 60): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let last = '';
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined) return seen;
      last = '';
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      last = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}${last && `\nthe last look: ${last}`}`);
    await pause(INTERVAL_MS);
  }
}
