import { expect, test } from '@jest/globals';
import { drain } from '../../webhook/drain.ts';

/** Requests that have been quiet for as long as `quietMs` says. */
const traffic = (quietMs: () => number) => {
  const calls: string[] = [];
  return { calls, turnAway: () => calls.push('turned away'), quietMs };
};

const timed = async (work: Promise<boolean>) => {
  const startedAt = performance.now();
  return { quiet: await work, ms: performance.now() - startedAt };
};

test('clients are turned away at once', () => {
  const requests = traffic(() => 1e6);
  void drain(requests, { minMs: 0, maxMs: 0 });
  expect(requests.calls).toEqual(['turned away']);
});

test('it lasts for the shortest time even when all is quiet', async () => {
  const { quiet, ms } = await timed(
    drain(
      traffic(() => 1e6),
      { minMs: 120, maxMs: 10_000 },
    ),
  );
  expect(quiet).toBe(true);
  expect(ms).toBeGreaterThanOrEqual(119);
  expect(ms).toBeLessThan(5_000);
});

test('it goes on until nobody comes any more', async () => {
  let looks = 0;
  const { quiet } = await timed(
    drain(
      traffic(() => (++looks < 5 ? 0 : 1e6)),
      { minMs: 10, maxMs: 60_000 },
    ),
  );
  expect({ quiet, looks }).toEqual({ quiet: true, looks: 5 });
});

test('it ends at the longest time while requests go on coming', async () => {
  const { quiet, ms } = await timed(
    drain(
      traffic(() => 0),
      { minMs: 10, maxMs: 150 },
    ),
  );
  expect(quiet).toBe(false);
  expect(ms).toBeGreaterThanOrEqual(149);
});
