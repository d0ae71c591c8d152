import { afterEach, expect, test } from '@jest/globals';
import { onStopSignal } from '../../process/signals.ts';

afterEach(() => {
  process.removeAllListeners('SIGTERM');
  process.removeAllListeners('SIGINT');
});

/** Listens with a stop that ends when `finish` is called. */
function listen() {
  const told: string[] = [];
  let finish: (error?: Error) => void = () => {};
  let exited: (code: number) => void = () => {};
  const code = new Promise<number>((resolve) => {
    exited = resolve;
  });
  onStopSignal(
    (signal) =>
      new Promise((resolve, reject) => {
        told.push(signal);
        finish = (error) => (error === undefined ? resolve() : reject(error));
      }),
    (each) => exited(each),
  );
  return { told, code, finish: (error?: Error) => finish(error) };
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s stops, and ends with 0 when all is done', async (signal) => {
  const { told, code, finish } = listen();
  process.emit(signal, signal);
  expect(told).toEqual([signal]);
  finish();
  expect(await code).toBe(0);
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('a second signal, %s, ends at once with %i', async (signal, expected) => {
  const { told, code } = listen();
  process.emit('SIGTERM', 'SIGTERM');
  process.emit(signal, signal);
  expect(await code).toBe(expected);
  expect(told).toEqual(['SIGTERM']);
});

test('a stop that fails ends with 1', async () => {
  const { code, finish } = listen();
  process.emit('SIGTERM', 'SIGTERM');
  finish(new Error('on purpose, for this test'));
  expect(await code).toBe(1);
});
