import { setImmediate as turnsEnd } from 'node:timers/promises';
import { beforeEach, expect, test } from '@jest/globals';
import { type Together, together } from '../../webhook/together.ts';

let taken: (readonly string[])[];
let gathering: Together<string>;

beforeEach(() => {
  taken = [];
  gathering = together<string>(3, (items) => taken.push(items));
});

test('what comes up in one turn is handed on in one go, in order', async () => {
  gathering.add('a');
  await Promise.resolve();
  gathering.add('b');
  expect(taken).toEqual([]);
  await turnsEnd();
  expect(taken).toEqual([['a', 'b']]);
});

test('each turn has its own', async () => {
  gathering.add('a');
  await turnsEnd();
  gathering.add('b');
  await turnsEnd();
  expect(taken).toEqual([['a'], ['b']]);
});

test('the most that may gather are handed on at once, and the rest when the turn ends', async () => {
  for (const item of ['a', 'b', 'c', 'd']) gathering.add(item);
  expect(taken).toEqual([['a', 'b', 'c']]);
  await turnsEnd();
  expect(taken).toEqual([['a', 'b', 'c'], ['d']]);
});

test('it can be handed on earlier, and is not a second time', async () => {
  gathering.handOn();
  gathering.add('a');
  gathering.handOn();
  expect(taken).toEqual([['a']]);
  await turnsEnd();
  expect(taken).toEqual([['a']]);
});

test('what comes up while items are taken waits for its own turn', async () => {
  const again = together<string>(2, (items) => {
    taken.push(items);
    if (items.includes('a')) again.add('c');
  });
  again.add('a');
  again.add('b');
  expect(taken).toEqual([['a', 'b']]);
  await turnsEnd();
  expect(taken).toEqual([['a', 'b'], ['c']]);
});
