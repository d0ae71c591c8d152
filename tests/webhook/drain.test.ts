import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { drain } from '../../webhook/drain.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Requests that have been quiet for as long as `quietMs` says. */
const traffic = (quietMs: () => number) => {
  const calls: string[] = [];
  return { calls, turnAway: () => calls.push('turned away'), quietMs };
};

/** What a drain has come to: undefined while it lasts. */
function watched(work: Promise<boolean>): () => boolean | undefined {
  let quiet: boolean | undefined;
  void work.then((ended) => {
    quiet = ended;
  });
  return () => quiet;
}

test('clients are turned away at once', () => {
  const requests = traffic(() => 1e6);
  void drain(requests, { minMs: 0, maxMs: 0 });
  expect(requests.calls).toEqual(['turned away']);
});

test('it lasts for the shortest time even when all is quiet', async () => {
  const quiet = watched(
    drain(
      traffic(() => 1e6),
      { minMs: 12_000, maxMs: 60_000 },
    ),
  );
  await jest.advanceTimersByTimeAsync(11_999);
  expect(quiet()).toBeUndefined();
  await jest.advanceTimersByTimeAsync(1);
  expect(quiet()).toBe(true);
});

test('it goes on until nobody comes any more', async () => {
  let quietMs = 0;
  const quiet = watched(
    drain(
      traffic(() => quietMs),
      { minMs: 5_000, maxMs: 60_000 },
    ),
  );
  await jest.advanceTimersByTimeAsync(30_000);
  expect(quiet()).toBeUndefined();
  quietMs = 1_001;
  await jest.advanceTimersByTimeAsync(50);
  expect(quiet()).toBe(true);
});

test('it ends at the longest time while requests go on coming', async () => {
  const quiet = watched(
    drain(
      traffic(() => 0),
      { minMs: 10, maxMs: 20_000 },
    ),
  );
  await jest.advanceTimersByTimeAsync(19_999);
  expect(quiet()).toBeUndefined();
  await jest.advanceTimersByTimeAsync(1);
  expect(quiet()).toBe(false);
});
