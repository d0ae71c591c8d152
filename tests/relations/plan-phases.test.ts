import { describe, expect, test } from '@jest/globals';
import {
  contentAfter,
  DB,
  dbAt,
  expectSettled,
  LATER,
  MINE,
  NOON,
  OTHER_HOST,
  pass,
  permit,
  RECORD,
  recordWith,
  type Services,
  stored,
  valuesOf,
} from './passes.ts';

describe('a workload whose set was never complete', () => {
  test.each<[string, Services, string]>([
    ['a Service that is not there', {}, 'waiting for db: Service db-endpoint not found in namespace shop'],
    [
      'one without a label',
      { 'db-endpoint': {} },
      'waiting for db: Service db-endpoint in namespace shop has no label tengu.io/provides',
    ],
    [
      'one without a host',
      { 'db-endpoint': dbAt('') },
      'waiting for db: Service db-endpoint has no host: its externalName is empty',
    ],
  ])('is Held for %s: no permit is given, and the message says what would mend it', (_, services, message) => {
    const held = pass(RECORD, services);
    expect(held).toMatchObject({ phase: 'Held', from: undefined, gives: [], roll: undefined });
    expect(held.content).toMatchObject({ permits: [], epoch: 0, status: { phase: 'Held', since: NOON, message } });
    expectSettled(RECORD, services, held);
  });

  test('is Held for a fault, and for a conflict from the start', () => {
    expect(pass(recordWith({}, 'db', 'db-endpoint,x y'), DB).phase).toBe('Held');
    const two = { ...DB, 'db-2': dbAt('h2') };
    expect(pass(recordWith({}, 'db', 'db-endpoint,db-2'), two)).toMatchObject({ phase: 'Held', gives: [] });
  });

  test('has the values that are known already, for its gate to say what is missing', () => {
    const record = recordWith({}, 'db,sse', 'db-endpoint,sse-endpoint');
    const { content } = pass(record, DB);
    expect(valuesOf(content)).toMatchObject({ DB: 'h1' });
    expect(content.status?.interfaces).toEqual({
      db: { service: 'db-endpoint', variables: ['DB', 'DB_HOST', 'DB_PORT'] },
      sse: { missing: true },
    });
  });

  test('may see its values change without a roll, because nobody has read them', () => {
    const record = recordWith({}, 'db,sse', 'db-endpoint,sse-endpoint');
    const changed = pass(record, OTHER_HOST, contentAfter(record, DB));
    expect(changed).toMatchObject({ phase: 'Held', roll: undefined, content: { epoch: 0 } });
    expect(valuesOf(changed.content)).toMatchObject({ DB: 'h2' });
  });
});

describe('a workload whose set becomes complete', () => {
  test('is Related: values and permit come together', () => {
    const related = pass(RECORD, DB, contentAfter(RECORD, {}), { now: LATER });
    expect(related).toMatchObject({ phase: 'Related', from: 'Held', gives: [MINE], roll: undefined });
    expect(related.content.status).toMatchObject({ since: LATER, message: 'supplied with db from Service db-endpoint' });
    expect(valuesOf(related.content)).toEqual({ DB: 'h1', DB_HOST: 'h1', DB_PORT: '' });
    expectSettled(RECORD, DB, related);
  });

  test('with relations only, it waits for nobody', () => {
    const record = recordWith({}, '', 'db-endpoint');
    expect(pass(record, {})).toMatchObject({ phase: 'Related', gives: [MINE] });
    expect(valuesOf(pass(record, DB).content)).toMatchObject({ DB: 'h1' });
  });

  test('starts on nothing but what is resolved', () => {
    const left = contentAfter(recordWith({}, 'sse,db', 'sse-endpoint,db-endpoint'), { 'sse-endpoint': { provides: 'sse' } });
    expect(left.values.has('SSE')).toBe(true);
    expect(Object.keys(valuesOf(pass(RECORD, DB, left).content))).toEqual(['DB', 'DB_HOST', 'DB_PORT']);
  });

  test('gives the permits that waiting pods of older templates name, in the same write', () => {
    const record = recordWith({ epoch: 2, seal: 'ccccc' });
    const related = pass(record, DB, contentAfter(RECORD, {}), { waiting: [MINE, permit(1, 'bbbbb')] });
    expect([...related.gives].sort()).toEqual([MINE, permit(1, 'bbbbb'), permit(2, 'ccccc')].sort());
  });

  test('gives nobody a permit before', () => {
    expect(pass(RECORD, {}, undefined, { waiting: [permit(0, 'bbbbb')] }).gives).toEqual([]);
  });
});

describe('a provider that goes away', () => {
  const record = recordWith({}, 'db,sse', 'db-endpoint,sse-endpoint');
  const both: Services = { ...DB, 'sse-endpoint': { provides: 'sse', externalName: 's1' } };
  const { 'db-endpoint': _, ...withoutDb } = both;
  const before = contentAfter(record, both);
  const broken = pass(record, withoutDb, before, { now: LATER });

  test('makes it Broken: its last values and the permit stay, nothing is rolled', () => {
    expect(broken).toMatchObject({ phase: 'Broken', from: 'Related', gives: [], roll: undefined });
    expect(valuesOf(broken.content)).toEqual(valuesOf(before));
    expect(broken.content.permits).toEqual([MINE]);
    expectSettled(record, withoutDb, broken);
  });

  test('says since when, and what would mend it', () => {
    expect(broken.content.status).toMatchObject({
      since: LATER,
      message: 'lost db: Service db-endpoint not found in namespace shop; pods keep the last values',
      interfaces: { db: { service: 'db-endpoint', missing: true }, sse: { service: 'sse-endpoint' } },
    });
  });

  test('keeps its last values also through a roll for another one', () => {
    const rolled = pass(record, { 'sse-endpoint': { provides: 'sse', externalName: 's2' } }, stored(broken.content));
    expect(rolled).toMatchObject({ phase: 'Broken', roll: 1 });
    expect(valuesOf(rolled.content)).toMatchObject({ DB: 'h1', SSE: 's2' });
  });

  test('and comes back as it was rolls nobody', () => {
    const back = pass(record, both, stored(broken.content));
    expect(back).toMatchObject({ phase: 'Related', from: 'Broken', roll: undefined, gives: [] });
  });

  test('and comes back with another value rolls once', () => {
    const back = pass(record, { ...withoutDb, ...OTHER_HOST }, stored(broken.content));
    expect(back).toMatchObject({ phase: 'Related', roll: 1 });
    expect(
      pass(
        recordWith({ ...record, epoch: 1 }, 'db,sse', 'db-endpoint,sse-endpoint'),
        { ...withoutDb, ...OTHER_HOST },
        stored(back.content),
      ).roll,
    ).toBeUndefined();
  });

  test('keeps its last values for the next Job of a CronJob', () => {
    const cron = recordWith({ kind: 'CronJob' });
    expect(valuesOf(pass(cron, {}, contentAfter(cron, DB)).content)).toMatchObject({ DB: 'h1' });
  });
});

describe('a conflict that arises later', () => {
  const record = recordWith({}, 'db', 'db-endpoint,db-2');
  const two: Services = { ...DB, 'db-2': dbAt('h2') };

  test('keeps the last values and the permit, and names both', () => {
    const conflict = pass(record, two, contentAfter(record, DB));
    expect(conflict).toMatchObject({ phase: 'Conflict', from: 'Related', gives: [], roll: undefined });
    expect(valuesOf(conflict.content)).toMatchObject({ DB: 'h1' });
    expect(conflict.content.status?.message).toBe(
      'db is provided by 2 related Services, db-2 and db-endpoint: relate to one of them; pods keep the last values',
    );
    expectSettled(record, two, conflict);
  });

  test.each(['Deployment', 'CronJob'] as const)('because Services give too much leaves a %s its last values', (kind) => {
    const consumer = recordWith({ kind });
    const big: Services = { 'db-endpoint': dbAt('h2', { data: { dump: 'x'.repeat(70_000) } }) };
    const tooMuch = pass(consumer, big, contentAfter(consumer, DB));
    expect(tooMuch).toMatchObject({ phase: 'Conflict', gives: [], roll: undefined });
    expect(valuesOf(tooMuch.content)).toMatchObject({ DB: 'h1', DB_HOST: 'h1' });
    expectSettled(consumer, big, tooMuch);
  });

  test('of two sources for one variable leaves the whole interface as it was', () => {
    const twice: Services = { 'db-endpoint': dbAt('h2', { data: { host: 'x' } }) };
    const conflict = pass(RECORD, twice, contentAfter(RECORD, DB));
    expect(conflict).toMatchObject({ phase: 'Conflict', roll: undefined });
    expect(valuesOf(conflict.content)).toEqual({ DB: 'h1', DB_HOST: 'h1', DB_PORT: '' });
  });

  test('of what is too much leaves all values as they were', () => {
    const big: Services = { 'db-endpoint': dbAt('h2', { data: { a: 'x'.repeat(70_000) } }) };
    const conflict = pass(RECORD, big, contentAfter(RECORD, DB));
    expect(conflict).toMatchObject({ phase: 'Conflict', roll: undefined });
    expect(valuesOf(conflict.content)).toMatchObject({ DB: 'h1' });
  });

  test('is Broken where a provider is missing too', () => {
    const wide = recordWith({}, 'db,sse', 'db-endpoint,db-2,sse-endpoint');
    const all: Services = { ...DB, 'sse-endpoint': { provides: 'sse' } };
    expect(pass(wide, two, contentAfter(wide, all)).phase).toBe('Broken');
  });
});
