import { setTimeout as after } from 'node:timers/promises';

/** Waits until `condition` holds; fails with `what` when it does not for half a minute. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const startedAt = performance.now();
  while (!(await condition())) {
    if (performance.now() - startedAt > 30_000) throw new Error(`waited in vain until ${what}`);
    await after(5);
  }
}
