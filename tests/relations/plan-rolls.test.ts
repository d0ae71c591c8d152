import { describe, expect, test } from '@jest/globals';
import { type Content, EMPTY } from '../../relations/configmap.ts';
import { permitOf } from '../../relations/record.ts';
import {
  contentAfter,
  DB,
  dbAt,
  expectSettled,
  MINE,
  OTHER_HOST,
  pass,
  permit,
  RECORD,
  recordWith,
  type Services,
  stored,
  valuesOf,
} from './passes.ts';

describe('a value that changed', () => {
  const before = contentAfter(RECORD, DB);

  test('raises the epoch: the new values and its permit in one write, then a roll', () => {
    const raised = pass(RECORD, OTHER_HOST, before);
    expect(raised).toMatchObject({ phase: 'Related', gives: [permit(1)], roll: 1, content: { epoch: 1 } });
    expect(valuesOf(raised.content)).toMatchObject({ DB: 'h2', DB_HOST: 'h2' });
  });

  test('is rolled once: until it is done the roll stays owed, and nothing is written meanwhile', () => {
    const raised = pass(RECORD, OTHER_HOST, before);
    expect(pass(RECORD, OTHER_HOST, stored(raised.content)).roll).toBe(1);
    expectSettled(RECORD, OTHER_HOST, raised);
    const rolled = recordWith({ epoch: 1 });
    expect(pass(rolled, OTHER_HOST, stored(raised.content))).toMatchObject({ roll: undefined, gives: [] });
    expectSettled(rolled, OTHER_HOST, raised);
  });

  test('while a roll waits asks for one roll, to the newest', () => {
    const third = { 'db-endpoint': dbAt('h3') };
    const twice = pass(RECORD, third, contentAfter(RECORD, DB, OTHER_HOST));
    expect(twice).toMatchObject({ roll: 2, content: { epoch: 2 } });
    const rolled = pass(recordWith({ epoch: 2 }), third, stored(twice.content));
    expect(rolled).toMatchObject({ roll: undefined, gives: [] });
  });

  test('back to what it was while a roll waits asks for one roll all the same, because pods may have read the other', () => {
    const back = pass(RECORD, DB, contentAfter(RECORD, DB, OTHER_HOST));
    expect(back).toMatchObject({ roll: 2 });
    expect(pass(recordWith({ epoch: 2 }), DB, stored(back.content)).roll).toBeUndefined();
  });

  test('of a Service that is related and not consumed rolls too', () => {
    const record = recordWith({}, '', 'db-endpoint');
    expect(pass(record, OTHER_HOST, contentAfter(record, DB)).roll).toBe(1);
  });

  test.each(['Job', 'CronJob'] as const)('never raises the epoch of a %s, and its next pods read it', (kind) => {
    const record = recordWith({ kind });
    const changed = pass(record, OTHER_HOST, contentAfter(record, DB));
    expect(changed).toMatchObject({ roll: undefined, gives: [], content: { epoch: 0 } });
    expect(valuesOf(changed.content)).toMatchObject({ DB: 'h2' });
  });

  test('to the same values through another Service writes no value and rolls nobody', () => {
    const record = recordWith({}, 'db', 'db-endpoint,db-2');
    const moved = pass(record, { 'db-2': dbAt('h1') }, contentAfter(record, DB));
    expect(moved).toMatchObject({ roll: undefined, content: { epoch: 0 } });
  });
});

describe('a new value', () => {
  test('rolls nobody', () => {
    const more = pass(RECORD, { 'db-endpoint': dbAt('h1', { data: { user: 'app' } }) }, contentAfter(RECORD, DB));
    expect(more).toMatchObject({ roll: undefined, content: { epoch: 0 } });
    expect(valuesOf(more.content)).toMatchObject({ DB_USER: 'app' });
  });
});

describe('a value that vanished', () => {
  const withUser: Services = { 'db-endpoint': dbAt('h1', { data: { user: 'app' } }) };

  test('rolls nobody and stays until the next roll', () => {
    const less = pass(RECORD, DB, contentAfter(RECORD, withUser));
    expect(less).toMatchObject({ roll: undefined, content: { epoch: 0 } });
    expect(valuesOf(less.content)).toMatchObject({ DB_USER: 'app' });
    const rolled = pass(RECORD, OTHER_HOST, stored(less.content));
    expect(rolled.roll).toBe(1);
    expect(rolled.content.values.has('DB_USER')).toBe(false);
  });

  test('and comes back as it was rolls nobody; as another it rolls', () => {
    const without = contentAfter(RECORD, withUser, DB);
    expect(pass(RECORD, withUser, without).roll).toBeUndefined();
    expect(pass(RECORD, { 'db-endpoint': dbAt('h1', { data: { user: 'x' } }) }, without).roll).toBe(1);
  });

  test('is no more for the next Job of a CronJob', () => {
    const record = recordWith({ kind: 'CronJob' });
    expect(pass(record, DB, contentAfter(record, withUser)).content.values.has('DB_USER')).toBe(false);
  });

  test('is dropped where what was and what is were together too much', () => {
    const big = (name: string): Services => ({ 'db-endpoint': dbAt('h1', { data: { [name]: 'x'.repeat(40_000) } }) });
    const changed = pass(RECORD, big('b'), contentAfter(RECORD, big('a')));
    expect(changed.roll).toBeUndefined();
    expect(Object.keys(valuesOf(changed.content))).toEqual(['DB', 'DB_B', 'DB_HOST', 'DB_PORT']);
  });
});

describe('an edit of the relations', () => {
  const edited = recordWith({ epoch: 1, seal: 'bbbbb' }, 'db', 'db-2');
  const two: Services = { ...DB, 'db-2': dbAt('h2') };

  test('names a permit that no roll of before has given, so its pods never start on the old relation', () => {
    const owed = contentAfter(RECORD, DB, OTHER_HOST);
    expect(owed.permits).toContain(permit(1));
    expect(owed.permits).not.toContain(permitOf(edited));
  });

  test('takes over the new values with the new permit, without another roll', () => {
    const taken = pass(edited, two, contentAfter(RECORD, DB));
    expect(taken).toMatchObject({ phase: 'Related', gives: [permitOf(edited)], roll: undefined, content: { epoch: 1 } });
    expect(valuesOf(taken.content)).toMatchObject({ DB: 'h2' });
  });

  test.each([1, 2, 3])('while a roll is owed to epoch %d is itself that roll', (changes) => {
    const states = [DB, ...Array.from({ length: changes }, (_, index) => ({ 'db-endpoint': dbAt(`n${index}`) }))];
    const owed = contentAfter(RECORD, ...states);
    expect(owed.epoch).toBe(changes);
    const taken = pass(edited, two, owed);
    expect(taken).toMatchObject({ roll: undefined, content: { epoch: Math.max(changes, 1) } });
    const changed = pass(edited, { 'db-2': dbAt('h9') }, stored(taken.content));
    expect(changed.roll).toBe(Math.max(changes, 1) + 1);
  });

  test('to what is not there is Held, and the permits of before stay', () => {
    const held = pass(edited, DB, contentAfter(RECORD, DB));
    expect(held).toMatchObject({ phase: 'Held', from: 'Related', gives: [] });
    expect(held.content.permits).toEqual([MINE]);
  });

  test('that is Held leaves pods of before what they restart with', () => {
    const wider = recordWith({ epoch: 1, seal: 'bbbbb' }, 'db,sse', 'db-2,sse-endpoint');
    const held = pass(wider, two, contentAfter(RECORD, DB));
    expect(valuesOf(held.content)).toEqual({ DB: 'h1', DB_HOST: 'h1', DB_PORT: '' });
    expectSettled(wider, two, held);
    const taken = pass(wider, { ...two, 'sse-endpoint': { provides: 'sse' } }, stored(held.content));
    expect(valuesOf(taken.content)).toMatchObject({ DB: 'h2', SSE: 'sse-endpoint.shop.svc' });
    expect(taken.content.status?.interfaces).toMatchObject({ db: { service: 'db-2' } });
  });

  test('that is Held passes on new values of the Services that pods of before know too', () => {
    const wider = recordWith({ epoch: 1, seal: 'bbbbb' }, 'db,sse', 'db-endpoint,sse-endpoint');
    const held = pass(wider, OTHER_HOST, contentAfter(RECORD, DB));
    expect(held).toMatchObject({ phase: 'Held', roll: undefined });
    expect(valuesOf(held.content)).toMatchObject({ DB: 'h2' });
  });
});

describe('the epoch', () => {
  test('of the template that is larger becomes that of the ConfigMap', () => {
    expect(pass(recordWith({ epoch: 4 }), DB, contentAfter(RECORD, DB)).content.epoch).toBe(4);
    expect(pass(recordWith({ epoch: 4 }), {}, contentAfter(RECORD, DB)).content.epoch).toBe(4);
  });

  test('of the ConfigMap that is larger means that a roll is owed', () => {
    const ahead: Content = { ...contentAfter(RECORD, DB), epoch: 3, permits: [MINE, permit(3)] };
    expect(pass(RECORD, DB, ahead)).toMatchObject({ roll: 3, content: { epoch: 3 } });
  });

  test('counts from the larger of both when values change', () => {
    expect(
      pass(recordWith({ epoch: 4 }), OTHER_HOST, { ...contentAfter(recordWith({ epoch: 4 }), DB), epoch: 0 }).content.epoch,
    ).toBe(5);
    const ahead: Content = { ...contentAfter(RECORD, DB), epoch: 3, permits: [MINE, permit(3)] };
    expect(pass(RECORD, OTHER_HOST, ahead)).toMatchObject({ roll: 4, gives: [permit(4)] });
  });

  test('that cannot be read loses no roll and never names a permit twice, because the permits tell it', () => {
    const broken: Content = { ...contentAfter(RECORD, DB, OTHER_HOST), epoch: 0 };
    expect(pass(RECORD, OTHER_HOST, broken).roll).toBe(1);
    expect(pass(RECORD, DB, broken)).toMatchObject({ roll: 2, gives: [permit(2)] });
  });

  test('of a permit under another seal tells nothing', () => {
    const other: Content = { ...contentAfter(RECORD, DB), permits: [MINE, permit(9, 'zzzzz')] };
    expect(pass(RECORD, DB, other)).toMatchObject({ roll: undefined, content: { epoch: 0 } });
  });

  test('of a Job never means a roll', () => {
    const job = recordWith({ kind: 'Job' });
    expect(pass(job, DB, { ...contentAfter(job, DB), epoch: 3, permits: [MINE, permit(3)] }).roll).toBeUndefined();
  });
});

describe('permits', () => {
  test('stay in every phase', () => {
    let content = EMPTY;
    for (const services of [DB, {}, { 'db-endpoint': {} }, OTHER_HOST, {}, DB]) {
      const { permits } = content;
      content = stored(pass(RECORD, services, content).content);
      expect(content.permits).toEqual(expect.arrayContaining([...permits]));
    }
    expect(content.permits).toContain(MINE);
  });

  test('are kept to the newest hundred', () => {
    const permits = Array.from({ length: 100 }, (_, epoch) => permit(epoch));
    const before: Content = { ...contentAfter(recordWith({ epoch: 99 }), DB), permits, epoch: 99 };
    const raised = pass(recordWith({ epoch: 99 }), OTHER_HOST, before);
    expect(raised.content.permits).toHaveLength(100);
    expect(raised.content.permits).toContain(permit(100));
    expect(raised.content.permits).not.toContain(permit(0));
  });

  test('that are due come in whatever their epoch', () => {
    const permits = Array.from({ length: 100 }, (_, epoch) => permit(epoch + 5, 'zzzzz'));
    const given = pass(RECORD, DB, { ...EMPTY, permits, epoch: 104 }, { waiting: [permit(1)] });
    expect(given.content.permits).toHaveLength(100);
    expect(given.content.permits).toEqual(expect.arrayContaining([MINE, permit(1)]));
    expectSettled(RECORD, DB, given);
  });
});

test('a ConfigMap that is lost is given anew what is resolved, without a roll', () => {
  expect(pass(recordWith({ epoch: 3 }), DB)).toMatchObject({
    phase: 'Related',
    gives: [permit(3)],
    roll: undefined,
    content: { epoch: 3 },
  });
});
