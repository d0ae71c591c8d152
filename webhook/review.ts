import { isUtf8 } from 'node:buffer';
import type { AdmissionInput } from '../relations/admit.ts';
import { isObject, type JsonObject, objectAt, textAt } from '../relations/json.ts';
import { isKind, KINDS } from '../relations/kinds.ts';
import { type Refusal, refusal } from './refusals.ts';

export const REVIEW_VERSION = 'admission.k8s.io/v1';

/** Why the domain is not asked; stable codes, and documented. */
export const OUT_OF_SCOPE = ['operation', 'subresource', 'not-a-workload'] as const;

/** An AdmissionReview (admission.k8s.io/v1), as far as it is needed. */
export interface Review {
  /** Names the request; the answer has to bear it. */
  readonly uid: string;
  readonly dryRun: boolean;
  /** What the domain decides on. */
  readonly input: AdmissionInput;
  /** Why the domain is not asked; '' when it is. */
  readonly outOfScope: '' | (typeof OUT_OF_SCOPE)[number];
}

/** What is told of a review. Without its objects: they take ten times as much memory as all else, and many a verdict waits. */
export interface ReviewHead extends Pick<Review, 'uid' | 'dryRun' | 'outOfScope'> {
  readonly input: Pick<AdmissionInput, 'operation' | 'kind' | 'namespace' | 'name'>;
}

export const headOf = ({ uid, dryRun, outOfScope, input: { operation, kind, namespace, name } }: Review): ReviewHead => ({
  uid,
  dryRun,
  outOfScope,
  input: { operation, kind, namespace, name },
});

export type Decoded = { readonly review: Review } | { readonly refusal: Refusal };

/** Reads a request's body. Its JSON is parsed once; the objects in it are handed on as they are. */
export function decodeReview(body: Buffer): Decoded {
  const review = parse(body);
  if (review === undefined) return refused('not-json', 'the body is not JSON in UTF-8');
  if (!isObject(review) || textAt(review, 'kind') !== 'AdmissionReview') {
    return refused('not-a-review', `the body is no AdmissionReview of ${REVIEW_VERSION}`);
  }
  const version = textAt(review, 'apiVersion');
  if (version !== REVIEW_VERSION) {
    const told = version === 'admission.k8s.io/v1beta1' ? version : 'another version';
    return refused(
      'review-version',
      `an AdmissionReview of ${told}: set admissionReviewVersions: [v1], only ${REVIEW_VERSION} is spoken`,
    );
  }
  const request = review.request;
  return isObject(request) ? decodeRequest(request) : refused('review-field', 'request: must be an object');
}

function decodeRequest(request: JsonObject): Decoded {
  const uid = textAt(request, 'uid');
  const operation = textAt(request, 'operation');
  const gvk = objectAt(request, 'kind');
  const kind = textAt(gvk, 'kind');
  if (uid === undefined || uid === '') return refused('review-field', 'request.uid: must be text, and not empty');
  if (operation === undefined) return refused('review-field', 'request.operation: must be text');
  if (kind === undefined) return refused('review-field', 'request.kind.kind: must be text');

  const outOfScope = scopeOf(request, operation, `${textAt(gvk, 'group') ?? ''}/${textAt(gvk, 'version') ?? ''}`, kind);
  if (outOfScope === '' && !isObject(request.object)) return refused('review-field', 'request.object: must be an object');
  const input: AdmissionInput = {
    operation: operation === 'UPDATE' ? 'UPDATE' : 'CREATE',
    kind,
    namespace: textAt(request, 'namespace') ?? '',
    name: textAt(request, 'name') ?? '',
    object: request.object,
    oldObject: request.oldObject,
  };
  return { review: { uid, dryRun: request.dryRun === true, input, outOfScope } };
}

/** The webhook configuration asks for nothing else; a review that gets here all the same is let through untouched. */
function scopeOf(request: JsonObject, operation: string, apiVersion: string, kind: string): Review['outOfScope'] {
  if (operation !== 'CREATE' && operation !== 'UPDATE') return 'operation';
  if ((textAt(request, 'subResource') ?? '') !== '') return 'subresource';
  if (!isKind(kind) || KINDS[kind].apiVersion !== apiVersion) return 'not-a-workload';
  return '';
}

/** undefined when the bytes are not JSON in UTF-8, which JSON itself has no word for. */
function parse(body: Buffer): unknown {
  if (!isUtf8(body)) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch {
    // Its message quotes the body, which may hold what nobody should read in a log.
    return undefined;
  }
}

const refused = (...about: Parameters<typeof refusal>): Decoded => ({ refusal: refusal(...about) });
