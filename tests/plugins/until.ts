import { setTimeout as pause } from 'node:timers/promises';

/** Waits for a condition; fails after four seconds, within jest's own time for a test. */
export async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 4_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`still not true: ${condition}`);
    await pause(5);
  }
}
