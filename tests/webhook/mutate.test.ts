import { describe, expect, test } from '@jest/globals';
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

test('a verdict keeps what is told of a review, and none of its objects', () => {
  const verdict = mutate(bytes(review()), deciding({ patch: [{ op: 'add', path: '/metadata/labels', value: {} }] }));
  expect(verdict).toMatchObject({ review: { input: { kind: 'Deployment', name: 'shop-front' } } });
  expect(verdict).not.toHaveProperty('review.input.object');
  expect(verdict).not.toHaveProperty('admission.patch');
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
