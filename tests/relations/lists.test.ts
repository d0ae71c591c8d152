import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  describeFault,
  faultsOf,
  isConsumer,
  LIST_LIMIT,
  readable,
  readList,
  readLists,
  sameLists,
} from '../../relations/lists.ts';

describe('a list', () => {
  test.each([
    ['an entry each between commas', 'sse,db', ['db', 'sse']],
    ['spaces and line ends around entries', ' sse ,\n\tdb\r\n', ['db', 'sse']],
    ['a trailing comma', 'db,', ['db']],
    ['nothing but commas', ' , ,,', []],
    ['upper case', 'Db,SSE', ['db', 'sse']],
    ['repeats, also in another case', 'db,db,DB', ['db']],
    ['empty text', '', []],
    ['what is no name, as its text', 'a b,ä;', ['a b', 'ä;']],
  ])('reads %s', (_, text, entries) => {
    expect(readList(text)).toEqual(entries);
  });

  test('that is not there is empty', () => {
    expect(readList(undefined)).toEqual([]);
  });

  test('cuts an entry that nobody can have meant', () => {
    const [entry] = readList('x'.repeat(5000));
    expect(entry).toBe(`${'x'.repeat(80)}…`);
  });

  test('says how many entries are beyond its limit', () => {
    const many = Array.from({ length: LIST_LIMIT + 3 }, (_, index) => `i${String(index).padStart(3, '0')}`);
    expect(readList(many.join())).toEqual([...many.slice(0, LIST_LIMIT), '… and 3 more']);
  });

  test('reads its own output as it is, in whatever order and spacing it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 20 }), { maxLength: 20 }), fc.func(fc.nat()), (entries, shuffled) => {
        const list = readList(entries.join());
        const again = [...list].sort((a, b) => shuffled(a) - shuffled(b)).map((entry) => ` ${entry.toUpperCase()} `);
        expect(readList(again.join(',,'))).toEqual(readList(list.map((entry) => entry.toUpperCase()).join()));
        expect(readList(list.join())).toEqual(list);
      }),
    );
  });
});

describe('the lists of a workload', () => {
  test('are read from its annotations', () => {
    expect(readLists({ 'tengu.io/consumes': 'sse,db', 'tengu.io/relations': 'db-endpoint', other: 'x' })).toEqual({
      consumes: ['db', 'sse'],
      relations: ['db-endpoint'],
    });
  });

  test.each([null, 7, true, [], {}])('are empty where an annotation is no text but %j', (value) => {
    expect(readLists({ 'tengu.io/consumes': value, 'tengu.io/relations': value })).toEqual({ consumes: [], relations: [] });
  });

  test.each([
    [[], [], false],
    [['db'], [], true],
    [[], ['db-endpoint'], true],
  ])('with consumes %j and relations %j make a consumer: %s', (consumes, relations, expected) => {
    expect(isConsumer({ consumes, relations })).toBe(expected);
  });

  test('are the same only if both lists are', () => {
    const lists = { consumes: ['db'], relations: ['x'] };
    expect(sameLists(lists, { consumes: ['db'], relations: ['x'] })).toBe(true);
    expect(sameLists(lists, { consumes: ['db'], relations: [] })).toBe(false);
    expect(sameLists(lists, { consumes: ['x'], relations: ['db'] })).toBe(false);
  });
});

describe('a fault', () => {
  const faults = (consumes: string, relations = '') =>
    faultsOf(readLists({ 'tengu.io/consumes': consumes, 'tengu.io/relations': relations })).map(describeFault);

  test('names the annotation, the text and what is wrong with an interface', () => {
    expect(faults('my db')).toEqual([
      'tengu.io/consumes: "my db" is no interface (a label value that begins with a letter: a-z, 0-9, -, _ and .)',
    ]);
  });

  test('names the annotation, the text and what is wrong with the name of a Service', () => {
    expect(faults('', 'db.endpoint')).toEqual([
      'tengu.io/relations: "db.endpoint" is no name of a Service (a DNS label: a-z, 0-9 and -, at most 63 characters)',
    ]);
  });

  test('says which reserved variable an interface would set', () => {
    expect(faults('path')).toEqual([
      'tengu.io/consumes: "path" would set the reserved variable PATH: name the interface otherwise',
    ]);
  });

  test('is every entry beyond the limit together', () => {
    const many = Array.from({ length: LIST_LIMIT + 2 }, (_, index) => `i${String(index).padStart(3, '0')}`).join();
    expect(faults(many)).toEqual(['tengu.io/consumes: "… and 2 more" is too many: a list has at most 64 entries']);
  });

  test.each(['9db', '-db', 'db-', 'd\0b', 'ö', 'x'.repeat(64), 'http-proxy', 'tengu_x', 'ld_preload', 'kubernetes.service'])(
    'is the interface %j',
    (text) => {
      expect(faults(text)).toHaveLength(1);
    },
  );

  test.each(['db', 'my-db', 'my.db', 'my_db', 'd', 'd9', 'x'.repeat(63)])('is not the interface %j', (text) => {
    expect(faults(text)).toEqual([]);
  });

  test('of one list takes nothing out of the other', () => {
    const lists = readLists({ 'tengu.io/consumes': 'path,my.db', 'tengu.io/relations': 'path,my.db' });
    expect(readable(lists)).toEqual({ consumes: ['my.db'], relations: ['path'] });
  });

  test('shows what nobody would see in its text', () => {
    expect(faults('d\u202eb\u2028\ud800')).toEqual([expect.stringContaining('"d\\u{202e}b\\u{2028}\\ud800" is no interface')]);
  });

  test('is a line that can be read, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        for (const line of faults(text, text)) expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  test('or a readable entry is every entry', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), (consumes, relations) => {
        const lists = readLists({ 'tengu.io/consumes': consumes, 'tengu.io/relations': relations });
        const kept = readable(lists);
        expect(kept.consumes.length + kept.relations.length + faultsOf(lists).length).toBe(
          lists.consumes.length + lists.relations.length,
        );
      }),
    );
  });
});
