import { setTimeout as pause } from 'node:timers/promises';

const INTERVAL_MS = 150;

/**
 * Looks again and again until there is something to be seen, and returns it.
 *
 * @param what the condition, as a sentence
 * @param look gives undefined (or throws) while the condition does not hold
 * @throws Error with the condition, and what the last look threw, after `seconds`
 */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, seconds = 90): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let last = '';
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined) return seen;
      last = '';
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}${last && `\nthe last look: ${last}`}`);
    await pause(INTERVAL_MS);
  }
}
