import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Written } from '../fake-api/object-store.ts';
import { treeAt } from '../fake-api/stored-object.ts';
import { until } from '../fake-api/until.ts';
import { Program } from './program.ts';
import { Stage } from './stage.ts';

const source = join(import.meta.dirname, '../../controller/main.ts');
/** A lease lasts for 15 s, and a candidate looks again after 4.4 s at most; a busy machine needs its time beside that. */
const TAKE_OVER_MS = 45_000;
let stage: Stage;
let first: Program;
let second: Program;

/** The first process leads and has supplied a consumer; the second one is ready to take over. */
beforeEach(async () => {
  stage = await Stage.open();
  stage.service('db', 'db', 5432);
  stage.consumer('web');
  first = new Program(source, stage.api.url, { POD_NAME: 'one' });
  await first.says('"message":"phase changed"');
  second = new Program(source, stage.api.url, { POD_NAME: 'two' });
  await second.says('"message":"every list is complete"');
});
afterEach(async () => {
  await Promise.all([first, second].map((program) => program.kill()));
  await stage.close();
});

const changePort = (port: number) => stage.patchService('db', { spec: { ports: [{ port }] } });
const port = () => stage.values('web').DB_PORT;
/** Notes from now on, in order, what writes come to; undefined is of no interest. */
function noted(about: (now: Written) => unknown): readonly unknown[] {
  const notes: unknown[] = [];
  stage.api.store.onWrite((written) => {
    const note = about(written);
    if (note !== undefined && note !== notes.at(-1)) notes.push(note);
  });
  return notes;
}
const holders = ({ collection, now }: Written) =>
  collection === 'leases.coordination.k8s.io' && now !== undefined ? treeAt(now, 'spec').holderIdentity : undefined;
const ports = ({ collection, now }: Written) =>
  collection === 'configmaps' && now !== undefined ? treeAt(now, 'data').DB_PORT : undefined;

test('a leader paused in the middle of a write, and continued when another has written newer values, writes nothing older', async () => {
  const held = noted(holders);
  const written = noted(ports);
  const stall = stage.api.faults.add({ verb: 'patch', resource: 'configmaps' }, { stall: true }, 1);
  changePort(6432);
  await until('its write is under way', () => stall.met === 1);
  first.signal('SIGSTOP');
  await until('the other has taken over and written', () => port() === '6432', TAKE_OVER_MS);
  changePort(7432);
  await until('the other has written again', () => port() === '7432');
  stall.release();
  first.signal('SIGCONT');
  expect(await first.ended()).toBe(1);
  expect(first.output).toMatch(/the lease orcon-system\/relations-controller was lost/);
  changePort(8432);
  await until('the other still leads', () => port() === '8432');
  expect(written).toEqual(['6432', '7432', '8432']);
  expect(held.slice(held.indexOf('two'))).toEqual(['two']);
}, 90_000);

test('a leader that is told to stop gives the lease back, and the other takes it from there', async () => {
  const held = noted(holders);
  first.signal('SIGTERM');
  expect(await first.ended()).toBe(0);
  await second.says('"message":"leading"');
  changePort(6432);
  await until('the other has written', () => port() === '6432');
  // Had it waited until the lease of the first one was over, nobody would have given it back in between.
  expect(held.filter((holder) => holder !== 'one')).toEqual(['', 'two']);
});
