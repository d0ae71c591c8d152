import fc from 'fast-check';
import { isList, isObject, type Json, type JsonObject } from '../../relations/json.ts';

/** What nobody should write, for tests of what becomes of it. */

const SHORT = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '"',
  '\\',
  '\n{"level":"fatal"}',
  '\r\nWarning: 299 - "forged"',
  '\u0000',
  '\u001b[2J',
  '\ud800',
  '\udc00x',
  '\u202egnp.exe',
  '\u2066\u200f',
  '\u2028',
  '%s%n',
  '../..',
  '{{.}}',
  '$(HOME)',
  'ſß',
  '😀',
  '',
  ' ',
  'true',
  '-0',
  '1e999',
] as const;

/** Texts: short and odd, of any characters, very long, and lists with very many entries. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...SHORT) },
  { weight: 6, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(10_000), '😀'.repeat(2_000), '\u0000'.repeat(500), ','.repeat(5_000)) },
  { weight: 1, arbitrary: fc.nat(300).map((count) => Array.from({ length: count }, (_, index) => `s${index}`).join()) },
);

/** Annotations' lists: hostile entries among good ones. */
export const hostileList: fc.Arbitrary<string> = fc.oneof(
  hostileText,
  fc.array(fc.oneof(hostileText, fc.constantFrom('db', 'SSE', ' my-db', 'constructor', 'path')), { maxLength: 80 }).map(String),
);

/**
 * Objects whose keys are what every object has already, as JSON brings them: properties of their own. `__proto__` is not among
 * them, because the library that applies patches here refuses every path with it.
 */
const PROTOTYPES: readonly string[] = [
  '{"toString":1,"valueOf":1}',
  '{"constructor":{"name":"web"},"isPrototypeOf":{}}',
  '{"length":1e9,"hasOwnProperty":false}',
];
const nested = (depth: number): Json => JSON.parse(`${'{"a":['.repeat(depth)}1${']}'.repeat(depth)}`);

/** Values of any kind at all. */
export const hostileJson: fc.Arbitrary<Json> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Json>(null, true, 0, -1, 1e300, [], {}, [[]], [null]) },
  { weight: 3, arbitrary: hostileText },
  { weight: 3, arbitrary: fc.constantFrom(...PROTOTYPES).map((text): Json => JSON.parse(text)) },
  { weight: 1, arbitrary: fc.nat(60).map(nested) },
  { weight: 2, arbitrary: fc.json({ maxDepth: 3 }).map((text): Json => JSON.parse(text)) },
);

/** `object` with up to three of its parts, anywhere in it, replaced by something hostile. */
export const spoilt = (object: JsonObject): fc.Arbitrary<JsonObject> =>
  fc
    .array(fc.tuple(fc.nat(1_000), hostileJson), { minLength: 1, maxLength: 3 })
    .map((changes) => changes.reduce((now, [where, what]) => replacedNode(now, where, what), object));

/** `object` with each of its parts replaced in turn by each of a few values of another kind. */
export const eachReplaced = (object: JsonObject): readonly JsonObject[] =>
  pathsOf(object).flatMap((path) =>
    [null, 7, 'x', [], [null], ...PROTOTYPES.map((text): Json => JSON.parse(text))].flatMap((what) => {
      const result = replacedAt(object, path, what);
      return isObject(result) ? [result] : [];
    }),
  );

function replacedNode(object: JsonObject, where: number, what: Json): JsonObject {
  const paths = pathsOf(object);
  const path = paths[where % paths.length] ?? [];
  const result = replacedAt(object, path, what);
  return isObject(result) ? result : object;
}

/** The way to every part of a value but itself. */
function pathsOf(value: Json): readonly (readonly string[])[] {
  if (!isObject(value) && !isList(value)) return [];
  return Object.entries(value).flatMap(([key, part]) => [
    [key],
    ...(part === undefined ? [] : pathsOf(part).map((path) => [key, ...path])),
  ]);
}

function replacedAt(value: Json, [key, ...rest]: readonly string[], what: Json): Json {
  if (key === undefined) return what;
  if (isList(value)) return value.map((item, index) => (String(index) === key ? replacedAt(item, rest, what) : item));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([each, part]) => [each, each === key ? replacedAt(part ?? null, rest, what) : (part ?? null)]),
  );
}
