import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Pass, WorkQueue } from '../../../controller/kube/queue.ts';
import { ManualClock } from '../../fake-api/manual-clock.ts';
import { until } from '../../fake-api/until.ts';

let clock: ManualClock;
let passes: Pass[];
/** Passes that run, each with what ends it. */
let running: { readonly key: string; readonly end: (error?: Error) => void }[];
let queue: WorkQueue;

/** What errors ask to wait, milliseconds. */
const ASKED: Readonly<Record<string, number>> = { busy: 7_000, 'away for a day': 86_400_000 };

const open = (workers = 1): void => {
  queue = new WorkQueue({
    workers,
    clock,
    observe: (pass) => passes.push(pass),
    retryAfterMs: (error) => (error instanceof Error ? ASKED[error.message] : undefined),
    handle: (key) =>
      new Promise((resolve, reject) => {
        running.push({ key, end: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
  });
  queue.start();
};

beforeEach(() => {
  clock = new ManualClock();
  passes = [];
  running = [];
  open();
});

afterEach(() => {
  for (const { end } of running) end();
  return queue.shutDown();
});

const keys = () => running.map(({ key }) => key);
/** Two turns of the event loop: what was to begin has begun. */
const settled = async () => {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
};
const begun = (passCount: number) => until(`${passCount} passes have begun`, () => running.length === passCount);
const endLast = async (error?: Error): Promise<void> => {
  const before = passes.length;
  running.at(-1)?.end(error);
  await until('the pass is over', () => passes.length === before + 1);
};

describe('a key', () => {
  test('that is added several times before its turn is one pass', async () => {
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    expect(queue.depth).toBe(2);
    await begun(1);
    await endLast();
    await begun(2);
    await endLast();
    await settled();
    expect(keys()).toEqual(['a', 'b']);
  });

  test('is never worked on inside the call that adds it', async () => {
    queue.add('a');
    expect(running).toEqual([]);
    await begun(1);
  });

  test('that is added while a worker has it comes again after, and only then', async () => {
    open(2);
    queue.add('a');
    await begun(1);
    queue.add('a');
    queue.add('a');
    await settled();
    expect(keys()).toEqual(['a']);
    await endLast();
    await begun(2);
    await endLast();
    await settled();
    expect(keys()).toEqual(['a', 'a']);
  });

  test('waits its turn behind those that came before, also when it comes again', async () => {
    queue.add('a');
    await begun(1);
    queue.add('b');
    queue.add('a');
    await endLast();
    await begun(2);
    await endLast();
    await begun(3);
    expect(keys()).toEqual(['a', 'b', 'a']);
  });

  test('for later is worked on when its time has come', async () => {
    queue.addAfter('a', 1_000);
    clock.advance(999);
    await settled();
    expect([queue.delayed, queue.depth, keys()]).toEqual([1, 0, []]);
    clock.advance(1);
    await begun(1);
    expect(queue.delayed).toBe(0);
  });

  test('for later several times is due at the earliest', async () => {
    for (const delay of [3_000, 1_000, 2_000]) queue.addAfter('a', delay);
    clock.advance(1_000);
    await begun(1);
    await endLast();
    clock.advance(10_000);
    await settled();
    expect(keys()).toEqual(['a']);
  });
});

test('as many keys are worked on at a time as there are workers', async () => {
  open(3);
  for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key);
  await begun(3);
  await settled();
  expect([keys(), queue.depth]).toEqual([['a', 'b', 'c'], 2]);
  running[1]?.end();
  await begun(4);
  expect(keys()).toEqual(['a', 'b', 'c', 'd']);
});

describe('a pass that stands back', () => {
  /** Passes that go on after they stood back. */
  let goingOn: string[];
  /** What each was told: whether its key has become due again. */
  let dueAgain: boolean[];
  let ends: Map<string, () => void>;
  const openStandingBack = (workers: number): void => {
    goingOn = [];
    dueAgain = [];
    ends = new Map();
    queue = new WorkQueue({
      workers,
      clock,
      observe: (pass) => passes.push(pass),
      handle: async (key, standBack) => {
        await new Promise<void>((resolve) => running.push({ key, end: () => resolve() }));
        dueAgain.push(await standBack());
        goingOn.push(key);
        await new Promise<void>((resolve) => ends.set(key, resolve));
      },
    });
  };
  const endAll = () => {
    for (const { end } of running) end();
    for (const end of ends.values()) end();
  };

  test('lets the keys that wait for a worker go first; after a second and a half a few go on, though every worker is held up', async () => {
    openStandingBack(2);
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) queue.add(key);
    queue.start();
    await begun(2);
    for (const count of [4, 6]) {
      for (const { end } of running) end();
      await begun(count);
    }
    clock.advance(1_499);
    await settled();
    expect([keys(), goingOn]).toEqual([['a', 'b', 'c', 'd', 'e', 'f'], []]);
    clock.advance(1);
    await settled();
    expect(goingOn).toEqual(['a', 'b']);
    await until('all are through', () => {
      endAll();
      return passes.length === 7;
    });
    expect(goingOn).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  });

  test('is told whether its key has become due again, and is not counted as worked on meanwhile', async () => {
    openStandingBack(1);
    for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key);
    queue.start();
    for (const count of [1, 2, 3]) {
      await begun(count);
      running[count - 1]?.end();
    }
    await begun(4);
    clock.advance(1_500);
    await until('a and b go on', () => goingOn.length === 2);
    clock.advance(1_000);
    queue.add('c');
    expect([queue.givingWay.waiting, queue.inProgress().map(({ key }) => key)]).toEqual([1, ['a', 'b', 'd']]);
    ends.get('a')?.();
    await until('c goes on', () => goingOn.length === 3);
    clock.advance(500);
    expect([dueAgain, queue.inProgress()]).toEqual([
      [false, false, true],
      [
        { key: 'b', ageMs: 1_500 },
        { key: 'c', ageMs: 500 },
        { key: 'd', ageMs: 3_000 },
      ],
    ]);
    await until('all are through', () => {
      endAll();
      return passes.length === 6;
    });
  });

  test('keeps its key, and goes on when the queue is shut down', async () => {
    openStandingBack(1);
    queue.start();
    queue.add('a');
    await begun(1);
    running[0]?.end();
    await until('it goes on', () => goingOn.length === 1);
    queue.add('a');
    await settled();
    expect(keys()).toEqual(['a']);
    const over = queue.shutDown();
    endAll();
    await over;
    expect(passes.map(({ key }) => key)).toEqual(['a']);
  });
});

test('nothing is worked on before the start', async () => {
  queue = new WorkQueue({ workers: 1, clock, handle: async (key) => void running.push({ key, end: () => undefined }) });
  queue.add('a');
  await settled();
  expect(running).toEqual([]);
  queue.start();
  await begun(1);
});

describe('a key that fails', () => {
  const failTimes = async (key: string, times: number): Promise<(number | undefined)[]> => {
    const retries: (number | undefined)[] = [];
    queue.add(key);
    for (let failures = 1; failures <= times; failures += 1) {
      await until('its pass has begun', () => running.length === passes.length + 1);
      await endLast(new Error('no'));
      retries.push(passes.at(-1)?.failure?.retryInMs);
      if (failures < times) clock.advance(passes.at(-1)?.failure?.retryInMs ?? 0);
    }
    return retries;
  };

  test('comes again after 100 ms, then twice as late each time up to 5 minutes', async () => {
    expect(await failTimes('a', 15)).toEqual([
      100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 102_400, 204_800, 300_000, 300_000, 300_000,
    ]);
  });

  test('delays no other key', async () => {
    await failTimes('a', 5);
    expect(await failTimes('b', 1)).toEqual([100]);
  });

  test('and then succeeds starts over with its next failure', async () => {
    await failTimes('a', 3);
    clock.advance(400);
    await begun(4);
    await endLast();
    expect(await failTimes('a', 1)).toEqual([100]);
  });

  test('and is forgotten starts over with its next failure', async () => {
    await failTimes('a', 3);
    queue.forget('a');
    expect(await failTimes('a', 1)).toEqual([100]);
  });

  test('is worked on at once when it is added meanwhile', async () => {
    await failTimes('a', 8);
    queue.add('a');
    await begun(9);
  });

  test('waits as long as the error asks for', async () => {
    queue.add('a');
    await begun(1);
    await endLast(new Error('busy'));
    expect(passes[0]?.failure).toMatchObject({ retryInMs: 7_000, error: new Error('busy') });
  });

  test('waits five minutes at most, whatever the error asks for', async () => {
    queue.add('a');
    await begun(1);
    await endLast(new Error('away for a day'));
    expect(passes[0]?.failure).toMatchObject({ retryInMs: 300_000 });
  });
});

describe('what is told about the queue', () => {
  test('is how long the oldest key waits and how long passes have run', async () => {
    queue.add('a');
    await begun(1);
    clock.advance(100);
    queue.add('b');
    clock.advance(200);
    queue.add('c');
    clock.advance(400);
    expect([queue.oldestAgeMs, queue.depth, queue.inProgress()]).toEqual([600, 2, [{ key: 'a', ageMs: 700 }]]);
  });

  test('is, of each pass, how long the key waited and the pass took', async () => {
    queue.add('a');
    await begun(1);
    queue.add('b');
    clock.advance(1_500);
    await endLast();
    await begun(2);
    clock.advance(500);
    await endLast();
    expect(passes).toMatchObject([
      { key: 'a', queuedSeconds: 0, seconds: 1.5, failure: undefined },
      { key: 'b', queuedSeconds: 1.5, seconds: 0.5, failure: undefined },
    ]);
  });
});

describe('shutting down', () => {
  test('waits for what runs, drops what waits and takes nothing more', async () => {
    queue.add('a');
    await begun(1);
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 1_000);
    let down = false;
    const shutDown = queue.shutDown().then(() => {
      down = true;
    });
    queue.add('d');
    queue.addAfter('e', 1);
    clock.advance(10_000);
    await settled();
    expect([down, keys(), clock.timers]).toEqual([false, ['a'], []]);
    await endLast(new Error('no'));
    await shutDown;
    await settled();
    expect([keys(), queue.depth, queue.delayed]).toEqual([['a'], 0, 0]);
  });

  test('ends at once when nothing runs', async () => {
    await queue.shutDown();
    await queue.shutDown();
    expect(queue.inProgress()).toEqual([]);
  });
});

test('whatever comes in whenever, no key is worked on twice at a time and each is worked on after it was last added', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), key: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ do: fc.constant('later' as const), key: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ do: fc.constant('turn' as const), key: fc.constant('') }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), async (steps, workers) => {
      const now = new Set<string>();
      const pending = new Set<string>();
      let most = 0;
      const subject = new WorkQueue({
        workers,
        clock,
        handle: async (key) => {
          if (now.has(key)) throw new Error(`${key} twice at a time`);
          now.add(key);
          pending.delete(key);
          most = Math.max(most, now.size);
          await new Promise(setImmediate);
          now.delete(key);
        },
        observe: ({ failure }) => {
          if (failure !== undefined) throw failure.error;
        },
      });
      subject.start();
      for (const { do: what, key } of steps) {
        if (what === 'turn') await new Promise(setImmediate);
        else pending.add(key);
        if (what === 'add') subject.add(key);
        if (what === 'later') subject.addAfter(key, 5);
      }
      clock.advance(5);
      await until('all is done', () => pending.size === 0 && now.size === 0 && subject.depth === 0);
      expect(most).toBeLessThanOrEqual(workers);
      await subject.shutDown();
    }),
    { numRuns: 60 },
  );
});
