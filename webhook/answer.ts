import type { Admission } from '../relations/admit.ts';
import { REVIEW_VERSION } from './review.ts';

/** What the API server passes on to clients: it cuts a warning to 256 characters when all have more than 4096. */
const WARNING_LIMIT = 256;
const WARNINGS_LIMIT = 4096;

/** The API server puts the webhook's name before the key: `relations-mutating-webhook.tengu.io/outcome`. */
const AUDIT_KEY = 'outcome';

/**
 * The text of an AdmissionReview that lets the object through, with the patch and warnings of `admission`. It is put together
 * by hand, because JSON.stringify would look through the whole patch for what to escape, and base64 has nothing of that kind.
 */
export function allowing(uid: string, { outcome, patch, warnings }: Pick<Admission, 'outcome' | 'patch' | 'warnings'>): string {
  let response = `"uid":${asciiJson(uid)},"allowed":true`;
  if (patch.length > 0) {
    const encoded = Buffer.from(JSON.stringify(patch)).toString('base64');
    response += `,"patchType":"JSONPatch","patch":"${encoded}","auditAnnotations":{"${AUDIT_KEY}":"${outcome}"}`;
  }
  if (warnings.length > 0) response += `,"warnings":${asciiJson(fitting(warnings))}`;
  return `{"apiVersion":"${REVIEW_VERSION}","kind":"AdmissionReview","response":{${response}}}`;
}

/** JSON with everything beyond ASCII as an escape, so that the text of an answer has as many bytes as characters. */
const asciiJson = (value: string | readonly string[]): string =>
  JSON.stringify(value).replace(/[\u0080-\uffff]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * Warnings as a response may bear them. They are sent on in an HTTP header, where a control character would make the API
 * server drop one, and printed by kubectl, where a mark for writing from right to left would turn the line around. What goes
 * beyond the limit is cut there without a word, so it is said here.
 */
export function fitting(warnings: readonly string[]): string[] {
  const fit: string[] = [];
  let left = WARNINGS_LIMIT;
  for (const [index, warning] of warnings.entries()) {
    const text = shortened(warning.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' '), WARNING_LIMIT);
    const remaining = warnings.length - index;
    const note = `and ${remaining} more`;
    // Room is kept for the note, unless this is the last one.
    const needed = remaining === 1 ? text.length : text.length + note.length;
    if (needed > left) return [...fit, note];
    fit.push(text);
    left -= text.length;
  }
  return fit;
}

/** `text`, or its beginning and an ellipsis; no surrogate pair is cut in two. */
export function shortened(text: string, limit: number): string {
  return text.length <= limit
    ? text
    : `${text
        .slice(0, limit - 1)
        .toWellFormed()
        .replace(/\uFFFD$/, '')}…`;
}
