import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits until a condition holds, looking every `interval` milliseconds.
 *
 * @returns whether it came to hold within `patience` milliseconds; it is looked at once in any case.
 */
export async function until(condition: () => boolean | Promise<boolean>, patience: number, interval = 50): Promise<boolean> {
  const deadline = Date.now() + patience;
  for (;;) {
    if (await condition()) return true;
    if (Date.now() >= deadline) return false;
    await pause(interval);
  }
}
