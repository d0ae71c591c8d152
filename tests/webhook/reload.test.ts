import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { bothLoaded, load, type Source } from '../../webhook/reload.ts';

const folder = await mkdtemp(join(tmpdir(), 'orcon-reload-'));
const one = join(folder, 'one');
const two = join(folder, 'two');
afterAll(() => rm(folder, { recursive: true }));

/** Takes two numbers of which the second must be the larger. */
const source: Source<string> = {
  what: 'numbers',
  paths: [one, two],
  parse: ([a, b]) =>
    Number(a) < Number(b) ? { ok: true, value: `${a}<${b}` } : { ok: false, faults: [`${a}>=${b}`, 'choose others'] },
  summary: (value) => ({ value }),
};

let told: unknown[];
const events = {
  changed: (value: string) => told.push(value),
  refused: (faults: readonly string[]) => told.push(faults),
  failed: () => told.push('failed'),
};
const write = (a: string, b: string) => Promise.all([writeFile(one, a), writeFile(two, b)]);

beforeEach(async () => {
  told = [];
  await write('1', '2');
});

test('the first version is in force at once', async () => {
  const loaded = await load(source, events);
  expect(loaded.current()).toBe('1<2');
  expect(told).toEqual(['1<2']);
});

test('an unchanged content is not parsed again', async () => {
  let parsed = 0;
  const counting = {
    ...source,
    parse: (contents: readonly string[]) => {
      parsed++;
      return source.parse(contents);
    },
  };
  const loaded = await load(counting, events);
  await loaded.check();
  await loaded.check();
  expect(parsed).toBe(1);
});

test('a changed content comes into force', async () => {
  const loaded = await load(source, events);
  await write('3', '4');
  await loaded.check();
  expect(loaded.current()).toBe('3<4');
  expect(told).toEqual(['1<2', '3<4']);
});

test('what cannot be used leaves the old version in force; it is refused once and counted at each check', async () => {
  const loaded = await load(source, events);
  await write('5', '4');
  await loaded.check();
  await loaded.check();
  expect(loaded.current()).toBe('1<2');
  expect(told).toEqual(['1<2', 'failed', ['5>=4', 'choose others'], 'failed']);
});

test('the old content coming back is in force again, and told', async () => {
  const loaded = await load(source, events);
  await write('5', '4');
  await loaded.check();
  await write('1', '2');
  await loaded.check();
  expect(told.slice(-1)).toEqual(['1<2']);
});

test('a file that is gone is refused once, and mends itself', async () => {
  const loaded = await load(source, events);
  await rm(two);
  await loaded.check();
  await loaded.check();
  expect(told).toEqual(['1<2', 'failed', [expect.stringContaining('ENOENT')], 'failed']);
  await writeFile(two, '7');
  await loaded.check();
  expect(loaded.current()).toBe('1<7');
});

test('a folder swapped by a symbolic link is seen, as the kubelet swaps a mounted Secret', async () => {
  const mount = await mkdtemp(join(tmpdir(), 'orcon-mount-'));
  const version = async (name: string, content: string) => {
    const path = join(mount, name);
    await writeFile(path, content);
    await symlink(path, join(mount, 'next'));
    await rename(join(mount, 'next'), join(mount, 'current'));
  };
  await version('v1', '0');
  const loaded = await load({ ...source, paths: [join(mount, 'current'), two] }, events);
  await version('v2', '1');
  await loaded.check();
  expect(loaded.current()).toBe('1<2');
  await rm(mount, { recursive: true });
});

test('checks that overlap are one', async () => {
  const loaded = await load(source, events);
  await write('3', '4');
  await Promise.all([loaded.check(), loaded.check(), loaded.check()]);
  expect(told).toEqual(['1<2', '3<4']);
});

test('without a first version the start fails with every fault of both sources', async () => {
  await write('2', '1');
  const missing = { ...source, what: 'others', paths: [join(folder, 'none')] };
  await expect(bothLoaded(load(source, events), load(missing, events))).rejects.toThrow(
    new RegExp(
      `^numbers \\(${one}, ${two}\\) cannot be used:\n  2>=1\n  choose others\nothers \\(.*none\\) cannot be used:\n  .*ENOENT`,
    ),
  );
  expect(told).toEqual([]);
});
