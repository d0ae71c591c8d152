import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Client, createClient } from '../../../controller/kube/client.ts';
import { Reflector, type ReflectorEvent, type ReflectorOptions } from '../../../controller/kube/reflector.ts';
import { plainAccess } from '../../fake-api/access.ts';
import { FakeApi } from '../../fake-api/fake-api.ts';
import { ManualClock } from '../../fake-api/manual-clock.ts';
import type { StoredObject } from '../../fake-api/stored-object.ts';
import { until } from '../../fake-api/until.ts';

let api: FakeApi;
let clock: ManualClock;
let client: Client;
let changes: string[];
let events: ReflectorEvent[];
let reflector: Reflector<string>;

beforeEach(async () => {
  api = await FakeApi.start();
  clock = new ManualClock();
  client = createClient(plainAccess(api.url), { clock });
  changes = [];
  events = [];
});
afterEach(async () => {
  await reflector.stop();
  await client.close();
  await api.stop();
});

/** The projection is the `text` of the object; changes are noted as `type key before>now`. */
function reflect(options: Partial<ReflectorOptions<string>> = {}): void {
  reflector = new Reflector<string>({
    client,
    path: '/api/v1/services',
    project: (object) => String(object.text),
    onChange: ({ type, key, before, now }) => changes.push(`${type} ${key} ${before ?? ''}>${now ?? ''}`),
    observe: (event) => events.push(event),
    clock,
    random: () => 0.5,
    ...options,
  });
}

const place = (name: string) => ({ collection: 'services', namespace: 'shop', name });
const put = (name: string, text: string, labels?: Record<string, string>): StoredObject =>
  api.store.list('services', 'shop', (object) => object.metadata.name === name).length === 0
    ? api.store.create('services', 'shop', { metadata: { name, labels }, text })
    : api.store.patch(place(name), 'application/merge-patch+json', { metadata: { labels }, text });
const remove = (name: string) => api.store.delete(place(name), {});

const watching = () => until('the watch is open', () => api.watches('services').length === 1);
const changed = (change: string) => until(`"${change}" is told, not only ${changes}`, () => changes.includes(change));
const listed = (times: number) =>
  until(`${times} lists are in`, () => events.filter(({ type }) => type === 'listed').length === times);
const watchEnds = () => events.flatMap((event) => (event.type === 'watchEnded' ? [event.reason] : []));
const listReasons = () => events.flatMap((event) => (event.type === 'listed' ? [event.reason] : []));
const delays = () => events.flatMap((event) => (event.type === 'retrying' ? [event.delayMs] : []));
/** Waits for the next failure, then lets exactly the time pass that it asks for. */
const sitOut = async (failures: number): Promise<void> => {
  await until(`${failures} failures are told`, () => delays().length === failures);
  clock.advance(delays().at(-1) ?? 0);
};
const lastWatch = () => api.seen({ verb: 'watch' }).at(-1);

describe('a reflector', () => {
  test('is synced after the whole list, its objects told as added', async () => {
    put('a', '1');
    put('b', '2');
    reflect();
    expect(reflector.isSynced).toBe(false);
    await reflector.synced;
    expect(changes).toEqual(['added shop/a >1', 'added shop/b >2']);
    expect([reflector.isSynced, reflector.size, reflector.get('shop/b')]).toEqual([true, 2, '2']);
  });

  test('reads a list in pages and tells nothing before the last one', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) put(name, name);
    const last = api.faults.add({ verb: 'list' }, { stall: true });
    reflect({ pageSize: 2 });
    await until('the first page is asked for', () => last.met === 1);
    last.release();
    await reflector.synced;
    expect(api.seen({ verb: 'list' }).map(({ query }) => query.get('limit'))).toEqual(['2', '2', '2']);
    expect([...reflector.values()]).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test("asks for the store's own state, not for that of a cache", async () => {
    reflect();
    await reflector.synced;
    expect(api.seen({ verb: 'list' })[0]?.query.has('resourceVersion')).toBe(false);
  });

  test('follows what is added, modified and deleted', async () => {
    reflect();
    await watching();
    put('a', '1');
    put('a', '2');
    remove('a');
    await changed('deleted shop/a 2>');
    expect(changes).toEqual(['added shop/a >1', 'modified shop/a 1>2', 'deleted shop/a 2>']);
    expect(reflector.size).toBe(0);
  });

  test('watches from the list on with selectors, bookmarks and a time limit between 300 and 600 s', async () => {
    put('a', '1', { tier: 'db' });
    reflect({ labelSelector: 'tier=db', fieldSelector: 'metadata.namespace=shop' });
    await watching();
    expect(Object.fromEntries(lastWatch()?.query ?? [])).toEqual({
      watch: 'true',
      labelSelector: 'tier=db',
      fieldSelector: 'metadata.namespace=shop',
      resourceVersion: String(api.store.revision),
      allowWatchBookmarks: 'true',
      timeoutSeconds: '450',
    });
  });

  test('takes an object that no longer fits the selector for deleted', async () => {
    put('a', '1', { tier: 'db' });
    reflect({ labelSelector: 'tier=db' });
    await watching();
    put('a', '2', { tier: 'web' });
    await changed('deleted shop/a 1>');
  });

  test('keeps the projection and nothing else of an object', async () => {
    put('a', '1');
    const kept = { text: 'projected' };
    const objects = new Reflector({ client, path: '/api/v1/services', project: () => kept, onChange: () => undefined, clock });
    await objects.synced;
    expect(objects.get('shop/a')).toEqual(kept);
    await objects.stop();
    reflect();
  });

  test('is stopped in the middle of a watch, of a wait and of a list', async () => {
    reflect();
    await watching();
    await reflector.stop();
    await until('the watch is closed', () => api.watches().length === 0);

    api.faults.add({ verb: 'list' }, { answer: 500 }, 1);
    reflect();
    await until('it waits', () => delays().length === 1);
    await reflector.stop();

    const stalled = api.faults.add({ verb: 'list' }, { stall: true });
    reflect();
    await until('it lists', () => stalled.met === 1);
    await reflector.stop();
    expect(clock.timers).toEqual([]);
  });

  test('ends with what its handler throws', async () => {
    put('a', '1');
    const defect = new Error('defect');
    reflect({
      onChange: () => {
        throw defect;
      },
    });
    await expect(reflector.failed).rejects.toBe(defect);
  });
});

describe('a watch that ends', () => {
  test('by its time limit resumes at once where it was', async () => {
    reflect();
    await watching();
    put('a', '1');
    await changed('added shop/a >1');
    const revision = String(api.store.revision);
    api.watches()[0]?.end();
    await until('it watches again', () => api.seen({ verb: 'watch' }).length === 2);
    expect(lastWatch()?.query.get('resourceVersion')).toBe(revision);
    expect([watchEnds(), listReasons(), delays()]).toEqual([['timeout'], ['start'], []]);
  });

  test('at once, without an event, counts as broken and is not opened again in a loop', async () => {
    reflect();
    await watching();
    api.watches()[0]?.end();
    await until('it waits', () => delays().length === 1);
    expect([watchEnds(), delays()]).toEqual([['reset'], [1200]]);
  });

  test('resumes where the last bookmark was', async () => {
    reflect();
    await watching();
    api.store.create('pods', 'shop', { metadata: { name: 'other' } });
    const revision = String(api.store.revision);
    clock.advance(1);
    api.bookmark();
    await until('the bookmark is in', () => reflector.lastContact === clock.now());
    api.watches()[0]?.reset();
    await sitOut(1);
    await until('it watches again', () => api.seen({ verb: 'watch' }).length === 2);
    expect(lastWatch()?.query.get('resourceVersion')).toBe(revision);
    expect(listReasons()).toEqual(['start']);
  });

  test('by a reset misses nothing of what happens meanwhile', async () => {
    put('a', '1');
    reflect();
    await watching();
    api.watches()[0]?.reset();
    await until('it waits', () => delays().length === 1);
    put('a', '2');
    remove('a');
    put('b', '1');
    clock.advance(1200);
    await changed('added shop/b >1');
    expect(changes).toEqual(['added shop/a >1', 'modified shop/a 1>2', 'deleted shop/a 2>', 'added shop/b >1']);
    expect([watchEnds(), listReasons()]).toEqual([['reset'], ['start']]);
  });

  test('for want of any byte for 100 s resumes at once, and it is no trouble: there may be no bookmark ever', async () => {
    const answer = api.faults.add({ verb: 'watch' }, { stall: true });
    reflect();
    await until('the watch is asked for', () => answer.met === 1);
    clock.advance(1);
    answer.release();
    await until('it is answered', () => reflector.lastContact === clock.now());
    api.watches()[0]?.fallSilent();
    put('a', '1');
    clock.advance(100_000);
    await changed('added shop/a >1');
    expect([watchEnds(), listReasons(), delays()]).toEqual([['silent'], ['start'], []]);
  });

  test('is kept while bookmarks come', async () => {
    reflect();
    await watching();
    for (let minute = 0; minute < 5; minute += 1) {
      clock.advance(60_000);
      const before = reflector.lastContact;
      api.bookmark();
      await until('the bookmark is in', () => reflector.lastContact > before);
    }
    expect(api.seen({ verb: 'watch' })).toHaveLength(1);
  });
});

describe('a resourceVersion that is too old', () => {
  test('makes a new list that tells what changed, what vanished and nothing else', async () => {
    for (const name of ['same', 'changed', 'vanished']) put(name, '1');
    reflect();
    await watching();
    changes.length = 0;
    api.watches()[0]?.fallSilent();
    put('changed', '2');
    remove('vanished');
    put('new', '1');
    api.store.compact();
    api.watches()[0]?.reset();
    await sitOut(1);
    await listed(2);
    expect(changes.sort()).toEqual(['added shop/new >1', 'deleted shop/vanished 1>', 'modified shop/changed 1>2']);
    // It has waited for the server to come back; that the server then wants a list is nothing to wait for.
    expect([watchEnds(), listReasons(), delays()]).toEqual([['reset', 'gone'], ['start', 'gone'], [1200]]);
  });

  test('answered with status 410 does the same', async () => {
    api.faults.add({ verb: 'watch' }, { answer: 410 }, 1);
    reflect();
    await sitOut(1);
    await listed(2);
    expect([watchEnds(), listReasons()]).toEqual([['gone'], ['start', 'gone']]);
  });

  test('every time makes the lists rarer, not a storm', async () => {
    api.faults.add({ verb: 'watch' }, { answer: 410 });
    reflect();
    for (let failures = 1; failures <= 7; failures += 1) await sitOut(failures);
    expect(delays()).toEqual([1200, 2000, 3600, 6800, 13_200, 15_400, 15_400]);
    await listed(8);
    expect(api.seen({ verb: 'list' })).toHaveLength(8);
  });

  test('in the middle of a list makes one list without pages', async () => {
    for (const name of ['a', 'b', 'c']) put(name, '1');
    const first = api.faults.add({ verb: 'list' }, { stall: true }, 1);
    const second = api.faults.add({ verb: 'list' }, { stall: true }, 1);
    reflect({ pageSize: 1 });
    await until('the list has begun', () => first.met === 1);
    first.release();
    await until('the second page is asked for', () => second.met === 1);
    remove('a');
    api.store.compact();
    second.release();
    await reflector.synced;
    expect(api.seen({ verb: 'list' }).map(({ query }) => query.get('limit'))).toEqual(['1', '1', null]);
    expect(changes).toEqual(['added shop/b >1', 'added shop/c >1']);
  });
});

describe('a server in trouble', () => {
  test.each([
    { what: 'an error 500', kind: { answer: 500 }, end: 'serverError' },
    { what: 'too many requests', kind: { answer: 429 }, end: 'throttled' },
    { what: 'a cut connection', kind: { reset: 'beforeWork' }, end: 'reset' },
    { what: 'an expired token', kind: { answer: 401 }, end: 'forbidden' },
  ] as const)('does not make it list anew: $what on a watch', async ({ kind, end }) => {
    api.faults.add({ verb: 'watch' }, kind, 3);
    reflect();
    for (let failures = 1; failures <= 3; failures += 1) await sitOut(failures);
    await watching();
    expect([watchEnds(), listReasons()]).toEqual([[end, end, end], ['start']]);
    put('a', '1');
    await changed('added shop/a >1');
  });

  test('is tried again for ever, between 0.8 and 30 s apart', async () => {
    api.faults.add({}, { answer: 503 });
    reflect({ random: () => 1 });
    for (let failures = 1; failures <= 50; failures += 1) await sitOut(failures);
    expect(delays().slice(0, 6)).toEqual([1600, 3200, 6400, 12_800, 25_600, 30_000]);
    expect(new Set(delays().slice(6))).toEqual(new Set([30_000]));
    expect(reflector.isSynced).toBe(false);
  });

  test('is waited for as long as its Retry-After says', async () => {
    api.faults.add({ verb: 'list' }, { answer: 429, retryAfter: 20 }, 1);
    reflect();
    await until('it waits', () => delays().length === 1);
    expect(delays()).toEqual([21_200]);
    clock.advance(21_199);
    expect(api.requests).toHaveLength(1);
    clock.advance(1);
    await reflector.synced;
  });

  test('that stalls a list is given up after 60 s and asked again', async () => {
    const stalled = api.faults.add({ verb: 'list' }, { stall: true }, 1);
    reflect();
    await until('it lists', () => stalled.met === 1);
    clock.advance(60_000);
    await sitOut(1);
    await reflector.synced;
  });

  test('that goes on refusing to resume is asked for a list', async () => {
    reflect();
    await watching();
    api.faults.add({ verb: 'watch' }, { answer: 504 }, 5);
    api.watches()[0]?.reset();
    for (let failures = 1; failures <= 6; failures += 1) await sitOut(failures);
    await listed(2);
    expect(listReasons()).toEqual(['start', 'refused']);
  });

  test('that refuses now and then, with events between, is not asked for a list', async () => {
    reflect();
    await watching();
    for (const round of [1, 2]) {
      api.faults.add({ verb: 'watch' }, { answer: 504 }, 3);
      api.watches()[0]?.reset();
      for (let failures = 1; failures <= 4; failures += 1) await sitOut(4 * (round - 1) + failures);
      put('a', String(round));
      await until('the event is in', () => reflector.get('shop/a') === String(round));
    }
    expect(listReasons()).toEqual(['start']);
  });

  test('that sends what is no watch event is asked for a list', async () => {
    reflect();
    await watching();
    api.watches()[0]?.send('SURPRISE', {});
    await sitOut(1);
    await listed(2);
    expect([watchEnds(), listReasons()]).toEqual([['malformed'], ['start', 'refused']]);
  });

  test('that lacks a permission is asked slowly, and the error says which', async () => {
    api.faults.add({ verb: 'list' }, { answer: 403 }, 1);
    reflect();
    await until('it waits', () => delays().length === 1);
    expect(delays()).toEqual([31_200]);
    const [event] = events;
    expect(event?.type === 'retrying' && event.error.message).toMatch(/the account needs the verb list on services$/);
    clock.advance(31_200);
    await reflector.synced;
  });

  test('that was well for two minutes finds the delays short again', async () => {
    api.faults.add({ verb: 'list' }, { answer: 500 }, 4);
    reflect();
    for (let failures = 1; failures <= 4; failures += 1) await sitOut(failures);
    await watching();
    clock.advance(70_000);
    api.bookmark();
    await until('the bookmark is in', () => reflector.lastContact === clock.now());
    clock.advance(60_000);
    api.watches()[0]?.reset();
    await until('it waits', () => delays().length === 5);
    expect(delays().at(-1)).toBe(1200);
  });
});

describe('being current', () => {
  test('is reached at once when a list began at that moment or later', async () => {
    reflect();
    const asOf = clock.now();
    await reflector.synced;
    await reflector.waitUntilCurrent(asOf);
    expect(api.seen({ verb: 'list' })).toHaveLength(1);
  });

  test('takes a new list that shows what a deaf watch kept back', async () => {
    reflect();
    await watching();
    api.watches()[0]?.fallSilent();
    put('a', '1');
    clock.advance(10);
    await reflector.waitUntilCurrent();
    expect(reflector.get('shop/a')).toBe('1');
    expect(listReasons()).toEqual(['start', 'asked']);
  });

  test('is not reached by a list that began before', async () => {
    const first = api.faults.add({ verb: 'list' }, { stall: true }, 1);
    reflect();
    await until('it lists', () => first.met === 1);
    clock.advance(10);
    let current = false;
    const wait = reflector.waitUntilCurrent().then(() => {
      current = true;
    });
    const second = api.faults.add({ verb: 'list' }, { stall: true }, 1);
    first.release();
    await until('it lists again', () => second.met === 1);
    expect([reflector.isSynced, current]).toEqual([true, false]);
    second.release();
    await wait;
  });

  test('is not hurried while the server asks to be left alone', async () => {
    reflect();
    await watching();
    api.faults.add({ verb: 'watch' }, { answer: 429, retryAfter: 20 }, 1);
    api.watches()[0]?.reset();
    await sitOut(1);
    await until('it waits', () => delays().length === 2);
    const current = reflector.waitUntilCurrent();
    expect(api.seen({ verb: 'list' })).toHaveLength(1);
    clock.advance(delays().at(-1) ?? 0);
    await current;
  });
});
