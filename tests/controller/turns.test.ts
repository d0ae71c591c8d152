import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { WorkloadKey } from '../../controller/key.ts';
import type { Rollout } from '../../controller/rollout.ts';
import { Turns } from '../../controller/turns.ts';
import { ManualClock } from '../fake-api/manual-clock.ts';

const [a, b, c]: readonly [WorkloadKey, WorkloadKey, WorkloadKey] = [
  'Deployment/shop/a',
  'Deployment/shop/b',
  'Deployment/shop/c',
];
let clock: ManualClock;
let due: WorkloadKey[];
let stuck: WorkloadKey[];

beforeEach(() => {
  clock = new ManualClock();
  due = [];
  stuck = [];
});

const turnsFor = (limit: number) =>
  new Turns({ limit, clock, onTurn: (key) => due.push(key), onStuck: (key) => stuck.push(key) });
const rollout = (change: Partial<Rollout> = {}): Rollout => ({
  generation: 2,
  settled: false,
  progress: '1',
  deadlineMs: 600_000,
  ...change,
});

describe('a turn', () => {
  test('is given up to the limit, and then in the order in which it was asked for', () => {
    const turns = turnsFor(1);
    expect([turns.enter(a), turns.enter(b), turns.enter(c), turns.enter(a)]).toEqual([true, false, false, true]);
    turns.begin(a, '7', rollout());
    turns.follow(a, rollout({ settled: true }));
    expect([due, turns.enter(c), turns.enter(b)]).toEqual([[b], false, true]);
  });

  test('can be left to the next pass, not twice in a row', () => {
    const turns = turnsFor(1);
    turns.enter(a);
    expect([turns.postpone(a), turns.enter(a), turns.postpone(a)]).toEqual([true, true, false]);
    turns.begin(a, '7', rollout());
    expect(turns.postpone(a)).toBe(true);
  });

  test('does not end with what was known before the roll began', () => {
    const turns = turnsFor(1);
    turns.enter(a);
    turns.enter(b);
    turns.begin(a, '7', rollout({ generation: 3 }));
    turns.follow(a, rollout({ generation: 2, settled: true }));
    expect(due).toEqual([]);
    turns.follow(a, rollout({ generation: 3, settled: true }));
    expect(due).toEqual([b]);
  });

  test('ends when its roll-out stands still for its deadline, counted from the last progress', () => {
    const turns = turnsFor(1);
    turns.enter(a);
    turns.enter(b);
    turns.begin(a, '7', rollout());
    clock.advance(599_000);
    turns.follow(a, rollout({ progress: '2' }));
    clock.advance(599_000);
    turns.follow(a, rollout({ progress: '2' }));
    expect(due).toEqual([]);
    clock.advance(1_000);
    expect([due, stuck]).toEqual([[b], [a]]);
  });

  test('ends when the workload is gone', () => {
    const turns = turnsFor(1);
    turns.enter(a);
    turns.enter(b);
    turns.begin(a, '7', rollout());
    turns.follow(a, undefined);
    expect(due).toEqual([b]);
  });

  test('that is not used goes to the next, one that is used stays', () => {
    const turns = turnsFor(1);
    turns.enter(a);
    turns.enter(b);
    turns.enter(c);
    turns.leave(a);
    turns.begin(b, '7', rollout());
    turns.leave(b);
    expect([due, turns.taken, turns.waiting]).toEqual([[b], 1, 1]);
  });

  test('knows which version of the workload was patched', () => {
    const turns = turnsFor(1);
    turns.enter(a);
    turns.begin(a, '7', rollout());
    expect([turns.hasRolled(a, '7'), turns.hasRolled(a, '8'), turns.hasRolled(b, '7')]).toEqual([true, false, false]);
  });

  test('that failed lets the others go first, for longer each time', () => {
    const turns = turnsFor(1);
    turns.enter(a);
    turns.enter(b);
    turns.fail(a);
    expect([due, turns.enter(a)]).toEqual([[b], false]);
    turns.leave(b);
    clock.advance(999);
    expect(turns.enter(a)).toBe(false);
    clock.advance(1);
    expect([due, turns.enter(a)]).toEqual([[b, a], true]);
    turns.fail(a);
    clock.advance(1_999);
    expect(turns.enter(a)).toBe(false);
    clock.advance(1);
    expect(turns.enter(a)).toBe(true);
  });

  test('is never had by more than the limit, and nobody waits while one is free', () => {
    const actions: Readonly<Record<string, (turns: Turns, key: WorkloadKey) => void>> = {
      enter: (turns, key) => turns.enter(key),
      leave: (turns, key) => turns.leave(key),
      fail: (turns, key) => turns.fail(key),
      begin: (turns, key) => turns.enter(key) && turns.begin(key, '1', rollout()),
      settle: (turns, key) => turns.follow(key, rollout({ settled: true })),
      vanish: (turns, key) => turns.follow(key, undefined),
      wait: () => clock.advance(600_000),
    };
    const step = fc.tuple(fc.constantFrom(...Object.keys(actions)), fc.nat(7));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 60 }), (limit, steps) => {
        const turns = turnsFor(limit);
        for (const [what, index] of steps) {
          actions[what]?.(turns, `Deployment/shop/${index}`);
          expect(turns.taken).toBeLessThanOrEqual(limit);
          expect(turns.waiting === 0 || turns.taken === limit).toBe(true);
        }
        turns.stop();
      }),
    );
  });
});
