import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { allowing, fitting, shortened } from '../../webhook/answer.ts';

const responseOf = (...args: Parameters<typeof allowing>) => JSON.parse(allowing(...args)).response;
const nothing = { patch: [], warnings: [] };

describe('an answer', () => {
  test('without a patch says no more than that the object may pass', () => {
    expect(responseOf('a"b', { outcome: 'unchanged', ...nothing })).toEqual({ uid: 'a"b', allowed: true });
  });

  test('bears the patch in base64, and the outcome for the audit log', () => {
    const patch = [{ op: 'add', path: '/metadata/labels', value: { ä: '✓' } }] as const;
    const { patch: encoded, ...rest } = responseOf('u', { outcome: 'stamped', patch, warnings: [] });
    expect(rest).toEqual({ uid: 'u', allowed: true, patchType: 'JSONPatch', auditAnnotations: { outcome: 'stamped' } });
    expect(JSON.parse(Buffer.from(encoded, 'base64').toString())).toEqual(patch);
  });

  test('is ASCII, whatever it bears, so that it has as many bytes as characters', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(text, text, (uid, warning) => {
        const answer = allowing(uid, { outcome: 'skipped', patch: [], warnings: [warning] });
        expect(Buffer.byteLength(answer)).toBe(answer.length);
        expect(JSON.parse(answer).response).toEqual({ uid, allowed: true, warnings: fitting([warning]) });
      }),
    );
  });

  test('bears warnings without a patch', () => {
    expect(responseOf('u', { outcome: 'skipped', patch: [], warnings: ['look'] })).toEqual({
      uid: 'u',
      allowed: true,
      warnings: ['look'],
    });
  });
});

describe('warnings', () => {
  test('that fit are passed on as they are', () => {
    expect(fitting(['one', 'two ✓'])).toEqual(['one', 'two ✓']);
  });

  test('are cut to 256 characters', () => {
    expect(fitting(['x'.repeat(257)])).toEqual([`${'x'.repeat(255)}…`]);
  });

  test('bear no control characters, which the API server would drop them for, and nothing that turns a line around', () => {
    expect(fitting(['a\r\nWarning: 299 - "forged"\u0000b\u202ec'])).toEqual(['a Warning: 299 - "forged" b c']);
  });

  test('beyond the total are counted in a last one', () => {
    const fit = fitting(Array.from({ length: 40 }, () => 'x'.repeat(256)));
    expect(fit).toHaveLength(16);
    expect(fit.at(-1)).toBe('and 25 more');
  });

  test('never go beyond the limits, whatever they are', () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 600 }), { maxLength: 60 });
    fc.assert(
      fc.property(texts, (warnings) => {
        const fit = fitting(warnings);
        expect(fit.every((text) => text.length <= 256 && text.isWellFormed() && !/\p{C}/u.test(text))).toBe(true);
        expect(fit.join('').length).toBeLessThanOrEqual(4096);
      }),
    );
  });
});

test('shortening cuts no character in two', () => {
  expect(shortened('ab😀cd', 4)).toBe('ab…');
  expect(shortened('abcd', 4)).toBe('abcd');
});
