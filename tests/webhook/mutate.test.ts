import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import patching from 'fast-json-patch';
import { type AdmissionInput, admit } from '../../relations/admit.ts';
import { type Admit, mutate } from '../../webhook/mutate.ts';
import { salt } from '../../webhook/salt.ts';
import { bytes, consumer, deciding, review } from './reviews.ts';

const settings = { hold: 'container', initContainers: [{ name: 'gate', image: 'gate:1' }] } as const;
const real: Admit = (input) => admit(input, settings, salt);

/** The response of the AdmissionReview that is answered; fails where it is an HTTP error. */
function responseTo(body: Buffer, decide: Admit = real) {
  const verdict = mutate(body, decide);
  if (verdict.outcome === 'failed') throw new Error(verdict.refusal.message);
  return { verdict, response: JSON.parse(verdict.text).response };
}

const patched = (object: object, response: { patch?: string }): object =>
  response.patch === undefined
    ? object
    : patching.applyPatch(structuredClone(object), JSON.parse(Buffer.from(response.patch, 'base64').toString()), true)
        .newDocument;

test('the domain is given what it decides on', () => {
  const asked: AdmissionInput[] = [];
  const object = { metadata: { name: 'n' } };
  const noting: Admit = (input) => {
    asked.push(input);
    return deciding({})(input);
  };
  mutate(bytes(review({ operation: 'UPDATE', object, oldObject: { old: true } })), noting);
  expect(asked).toEqual([
    { operation: 'UPDATE', kind: 'Deployment', namespace: 'shop', name: 'shop-front', object, oldObject: { old: true } },
  ]);
});

test('a consumer is stamped, and the second review of it finds nothing to do', () => {
  const first = responseTo(bytes(review()));
  expect(first.verdict).toMatchObject({ outcome: 'stamped', reason: '' });
  const second = responseTo(bytes(review({ object: patched(consumer(), first.response) })));
  expect(second.verdict.outcome).toBe('unchanged');
  expect(second.response).toEqual({ uid: review().request.uid, allowed: true });
});

describe('what the configuration of the webhook does not ask for passes untouched', () => {
  const group = (group: string, version: string, kind: string) => ({ kind: { group, version, kind } });
  test.each([
    ['DELETE', { operation: 'DELETE', object: null }, 'operation'],
    ['an operation of the future', { operation: 'MIGRATE' }, 'operation'],
    ['a subresource', { subResource: 'scale' }, 'subresource'],
    ['another kind', group('', 'v1', 'Pod'), 'not-a-workload'],
    ['a kind of the same name in another group', group('other.io', 'v1', 'Deployment'), 'not-a-workload'],
    ['a kind in another version', group('apps', 'v2', 'Deployment'), 'not-a-workload'],
    ['a kind named like what every object has', group('apps', 'v1', 'constructor'), 'not-a-workload'],
  ])('%s', (_, request, reason) => {
    const { verdict, response } = responseTo(bytes(review(request)), () => {
      throw new Error('nobody should ask');
    });
    expect(verdict).toMatchObject({ outcome: 'skipped', reason });
    expect(response).toEqual({ uid: review().request.uid, allowed: true });
  });
});

test.each([
  ['uid', { uid: '' }, 'request.uid: must be text, and not empty'],
  ['uid', { uid: 7 }, 'request.uid: must be text, and not empty'],
  ['operation', { operation: undefined }, 'request.operation: must be text'],
  ['kind', { kind: 'Deployment' }, 'request.kind.kind: must be text'],
  ['object', { object: [] }, 'request.object: must be an object'],
])('a wrong %s is refused by name', (_, request, message) => {
  expect(mutate(bytes(review(request)), real)).toMatchObject({
    outcome: 'failed',
    reason: 'review-field',
    refusal: { status: 400, message },
  });
});

test('a fault of the domain is an HTTP error that tells nothing of the object', () => {
  const error = new Error('the value is s3cret');
  const verdict = mutate(bytes(review()), () => {
    throw error;
  });
  expect(verdict).toMatchObject({ outcome: 'failed', reason: 'internal', refusal: { status: 500 }, error });
  expect(verdict.outcome === 'failed' && verdict.refusal.message).not.toContain('s3cret');
});

describe('whatever comes in', () => {
  const hostile = fc.oneof(
    fc.constantFrom(
      '__proto__',
      'constructor',
      '"',
      '\\',
      '\n{"level":"fatal"}',
      '\u0000',
      '\ud800',
      '%s',
      '../..',
      '{{',
      'ſ',
      '😀',
    ),
    fc.string({ unit: 'binary', maxLength: 300 }),
  );
  const lists = fc.oneof(
    hostile,
    fc.array(fc.oneof(hostile, fc.constantFrom('db', 'SSE', ' db')), { maxLength: 80 }).map(String),
  );
  const annotations = fc.record({ 'tengu.io/consumes': lists, 'tengu.io/relations': lists, 'injector.tengu.io/stamp': hostile });
  const container = fc.record(
    { name: hostile, image: hostile, env: fc.json().map((text) => JSON.parse(text)) },
    { requiredKeys: [] },
  );
  const workload = fc.record({
    metadata: fc.record(
      { name: hostile, generateName: hostile, labels: fc.dictionary(hostile, hostile), annotations },
      { requiredKeys: ['annotations'] },
    ),
    spec: fc.record({
      template: fc.record({
        metadata: fc.record({ annotations, labels: fc.dictionary(hostile, hostile) }, { requiredKeys: [] }),
        spec: fc.record({
          containers: fc.array(container, { maxLength: 4 }),
          initContainers: fc.array(container, { maxLength: 3 }),
        }),
      }),
    }),
  });
  const operation = fc.constantFrom('CREATE', 'UPDATE');

  test('bytes that nobody understands are an HTTP error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), fc.json().map(Buffer.from)), (body) => {
        expect(mutate(Buffer.from(body), real)).toMatchObject({ outcome: 'failed', refusal: { status: 400 } });
      }),
    );
  });

  test('any JSON as the request is answered with its uid, or refused', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('uid', 'kind', 'operation', 'object', 'oldObject', 'name', 'subResource'), fc.jsonValue()),
        (request) => {
          const verdict = mutate(bytes({ ...review(), request }), real);
          if (verdict.outcome === 'failed') expect(verdict.refusal.status).toBe(400);
          else expect(JSON.parse(verdict.text).response).toMatchObject({ uid: request.uid, allowed: true });
        },
      ),
    );
  });

  test('any JSON as the objects is answered with the uid, and the patch applies', () => {
    fc.assert(
      fc.property(hostile, operation, fc.object(), fc.jsonValue(), (name, action, object, oldObject) => {
        const sent = JSON.parse(JSON.stringify(object));
        const { response } = responseTo(bytes(review({ uid: 'any', name, operation: action, object: sent, oldObject })));
        expect(response).toMatchObject({ uid: 'any', allowed: true });
        patched(sent, response);
      }),
    );
  });

  test('a workload full of hostile texts is answered, the patch applies, and a second review changes nothing', () => {
    fc.assert(
      fc.property(hostile, workload, fc.option(workload), (name, made, old) => {
        const object = JSON.parse(JSON.stringify(made));
        const request = { name, operation: old === null ? 'CREATE' : 'UPDATE', oldObject: old };
        const { response } = responseTo(bytes(review({ ...request, object })));
        expect(response.uid).toBe(review().request.uid);
        const after = patched(object, response);
        const again = responseTo(bytes(review({ ...request, object: after })));
        expect(patched(after, again.response)).toEqual(after);
      }),
    );
  });

  test.each([
    ['lists', '['.repeat(200_000), ']'.repeat(200_000)],
    ['objects', '{"a":'.repeat(200_000), `0${'}'.repeat(200_000)}`],
  ])('%s nested without end are a fault of ours at worst', (_, opening, closing) => {
    const nested = (text: string) => text.replace('"image":', `"x":${opening}${closing},"image":`);
    const body = JSON.stringify(review({ operation: 'UPDATE', object: 'NEW', oldObject: 'OLD' }))
      .replace('"NEW"', nested(JSON.stringify(consumer())))
      .replace('"OLD"', nested(JSON.stringify(consumer())));
    const verdict = mutate(Buffer.from(body), real);
    if (verdict.outcome === 'failed')
      expect(verdict).toMatchObject({ reason: 'internal', review: { uid: review().request.uid } });
    else expect(JSON.parse(verdict.text).response).toMatchObject({ uid: review().request.uid, allowed: true });
  });
});
