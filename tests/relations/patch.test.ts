import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../../relations/json.ts';
import { difference } from '../../relations/patch.ts';
import { patched } from './api-server.ts';

describe('the difference', () => {
  test('between equal objects is nothing, whatever the order of their keys', () => {
    expect(difference({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 })).toEqual([]);
  });

  test('of a container put in front of others is one operation', () => {
    const own = [{ name: 'a' }, { name: 'b' }];
    expect(difference({ list: own }, { list: [{ name: 'gate' }, ...own] })).toEqual([
      { op: 'add', path: '/list/0', value: { name: 'gate' } },
    ]);
  });

  test('inside a container that moved is one operation beside the one that moved it', () => {
    const after = { list: [{ name: 'gate' }, { name: 'a', x: 1 }] };
    expect(difference({ list: [{ name: 'a' }] }, after)).toEqual([
      { op: 'add', path: '/list/0', value: { name: 'gate' } },
      { op: 'add', path: '/list/1/x', value: 1 },
    ]);
  });

  test('writes a key as a JSON Pointer does', () => {
    expect(difference({ m: {} }, { m: { 'tengu.io/a~b': '1' } })).toEqual([{ op: 'add', path: '/m/tengu.io~1a~0b', value: '1' }]);
  });

  test('takes a key that every object has for one like any other', () => {
    const [empty, full] = [{ m: {} }, JSON.parse('{"m":{"__proto__":1,"constructor":2}}')];
    const operations = [
      { op: 'add', path: '/m/__proto__', value: 1 },
      { op: 'add', path: '/m/constructor', value: 2 },
    ];
    expect(difference(empty, full)).toEqual(operations);
    expect(difference(full, empty)).toEqual(operations.map(({ path }) => ({ op: 'remove', path })));
  });

  test('does not look into what both share', () => {
    const looked = jest.fn(Reflect.ownKeys);
    const shared: JsonObject = new Proxy<JsonObject>({ deep: 1 }, { ownKeys: looked });
    expect(difference({ shared, a: 1 }, { shared, a: 2 })).toEqual([{ op: 'replace', path: '/a', value: 2 }]);
    expect(looked).not.toHaveBeenCalled();
  });

  test('takes a key without a value for none', () => {
    expect(difference({ a: undefined, b: 1 }, { b: 1, c: undefined })).toEqual([]);
  });
});

const { tree } = fc.letrec<{ tree: unknown; object: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, 0, 1, '', 'x'),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), v: tie('tree') }), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c/d', 'e~f', ''), tie('tree'), { maxKeys: 4 }),
}));
const object: fc.Arbitrary<JsonObject> = fc
  .dictionary(fc.constantFrom('a', 'b', 'c/d', 'e~f', ''), tree, { maxKeys: 4 })
  .map((value) => JSON.parse(JSON.stringify(value)));

test('whatever the objects, their difference applied to the one gives the other', () => {
  fc.assert(
    fc.property(object, object, (before, after) => {
      expect(patched(before, difference(before, after))).toEqual(after);
    }),
    { numRuns: 1000 },
  );
});

test('whatever the object, there is no difference between it and a copy', () => {
  fc.assert(fc.property(object, (value) => expect(difference(value, structuredClone(value))).toEqual([])));
});
