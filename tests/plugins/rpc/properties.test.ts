import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compare } from '../../../local/plugins/rpc/compare.ts';
import { canonical, isObject, type Json, type JsonObject } from '../../../local/plugins/rpc/json.ts';
import { covers, parsePath, pathText } from '../../../local/plugins/rpc/paths.ts';
import {
  dropNulls,
  hasUnknowns,
  isSecret,
  markObjectLike,
  revealObject,
  secret,
  UNKNOWN,
} from '../../../local/plugins/rpc/properties.ts';
import { fromStruct, toStruct } from '../../../local/plugins/rpc/struct.ts';

/** Without the key `__proto__`, which google-protobuf's maps lose. */
const json: fc.Arbitrary<Json> = fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes('"__proto__"'));
const object: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.string().filter((key) => key !== '__proto__'),
  json,
);

test('what goes through the protocol comes out the same', () => {
  fc.assert(
    fc.property(object, (value) => {
      expect(canonical(fromStruct(toStruct(value)))).toBe(canonical(value));
    }),
  );
});

test('equal objects have no changes, and an object becomes another by those that compare names', () => {
  fc.assert(
    fc.property(object, object, (before, after) => {
      expect(compare(before, before)).toEqual([]);
      if (canonical(before) !== canonical(after)) expect(compare(before, after)).not.toEqual([]);
    }),
  );
});

test('marking and revealing leaves the value as it was', () => {
  fc.assert(
    fc.property(object, (value) => {
      const marked = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, secret(each ?? null)]));
      expect(canonical(revealObject(marked))).toBe(canonical(value));
    }),
  );
});

test('what is secret at a place in the inputs is secret there in the outputs', () => {
  const marked = markObjectLike({ a: { b: 'x', c: ['y', 'z'] } }, { a: { b: secret('old'), c: ['1', secret('2')] } });
  expect(marked).toEqual({ a: { b: secret('x'), c: ['y', secret('z')] } });
});

test('a secret is not wrapped twice', () => {
  expect(secret(secret('x'))).toEqual(secret('x'));
  expect(isSecret({ value: 'x' })).toBe(false);
});

test('unknowns are found at any depth', () => {
  expect(hasUnknowns({ a: [{ b: secret(UNKNOWN) }] })).toBe(true);
  expect(hasUnknowns({ a: ['known'] })).toBe(false);
});

test('nulls count as absent in objects and stay in lists', () => {
  expect(dropNulls({ a: null, b: { c: null, d: [null, { e: null }] } })).toEqual({ b: { d: [null, {}] } });
});

test.each([
  [['spec', 'containers', 0, 'image'], 'spec.containers[0].image'],
  [['metadata', 'labels', 'tengu.io/provides'], 'metadata.labels["tengu.io/provides"]'],
  [['a.b'], '["a.b"]'],
])('the path %j is written %s and read again', (steps, text) => {
  expect(pathText(steps)).toBe(text);
  expect(parsePath(text)).toEqual(steps);
});

test('a pattern covers what it names and what lies below it', () => {
  const pattern = parsePath('webhooks[*].clientConfig');
  expect(covers(pattern, ['webhooks', 1, 'clientConfig', 'caBundle'])).toBe(true);
  expect(covers(pattern, ['webhooks', 1])).toBe(false);
  expect(isObject([])).toBe(false);
});
