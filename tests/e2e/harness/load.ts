import { setTimeout as pause } from 'node:timers/promises';

/** A load that does not wait for its answers before it goes on: it comes at its own pace, as many clients do. */
export interface Load {
  readonly perSecond: number;
  /** How many may be under way at once, however slow the other side is. */
  readonly atOnce: number;
}

/**
 * Acts again and again from the beginning of `work` to its end: `perSecond` times the seconds that it takes at least, because what
 * a slow moment leaves undone is made up for, in the end without a pause. All that it began has ended when it returns.
 *
 * @throws what `work` throws, or else the first that `act` threw
 */
export async function underLoad(load: Load, act: () => Promise<void>, work: () => Promise<unknown>): Promise<void> {
  const began = performance.now();
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let ended: number | undefined;
  let count = 0;
  const due = () => (((ended ?? performance.now()) - began) / 1000) * load.perSecond;
  const begin = () => {
    count += 1;
    const acting: Promise<void> = act()
      .catch((error: unknown) => void failures.push(error))
      .finally(() => underWay.delete(acting));
    underWay.add(acting);
  };
  const offering = (async () => {
    while ((ended === undefined || count < due()) && failures.length === 0) {
      if (underWay.size >= load.atOnce) await Promise.race(underWay);
      else if (count >= due()) await pause(1000 / load.perSecond);
      else begin();
    }
    await Promise.all(underWay);
  })();
  await work().finally(() => {
    ended = performance.now();
    return offering;
  });
  if (failures.length > 0) throw failures[0];
}
