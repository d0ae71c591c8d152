/**
 * Every way in which a request gets no AdmissionReview back. The answer is then an HTTP error, so that the failurePolicy of the
 * webhook configuration decides: an AdmissionReview that denies would reject even under Ignore.
 */

/** A stable code: it is a label of the metric, a field of the log line, and documented. */
export type RefusalReason =
  | 'path'
  | 'method'
  | 'content-type'
  | 'content-encoding'
  | 'body-size'
  | 'body-aborted'
  | 'body-slow'
  | 'busy'
  | 'not-json'
  | 'not-a-review'
  | 'review-version'
  | 'review-field'
  | 'internal';

export interface Refusal {
  readonly status: number;
  readonly reason: RefusalReason;
  /** One line that says what is wrong and what would be right; never quotes the body. */
  readonly message: string;
}

const STATUS: Readonly<Record<RefusalReason, number>> = {
  path: 404,
  method: 405,
  'content-type': 415,
  'content-encoding': 415,
  'body-size': 413,
  // Nobody reads this one: the client has gone.
  'body-aborted': 400,
  'body-slow': 408,
  busy: 503,
  'not-json': 400,
  'not-a-review': 400,
  'review-version': 400,
  'review-field': 400,
  internal: 500,
};

const isReason = (text: string): text is RefusalReason => Object.hasOwn(STATUS, text);

/** Every reason there is. */
export const REFUSAL_REASONS: readonly RefusalReason[] = Object.keys(STATUS).filter(isReason);

export const refusal = (reason: RefusalReason, message: string): Refusal => ({ status: STATUS[reason], reason, message });
