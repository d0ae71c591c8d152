import type { Admission, AdmissionInput } from '../relations/admit.ts';
import { allowing } from './answer.ts';
import { type Refusal, refusal } from './refusals.ts';
import { decodeReview, headOf, type Review, type ReviewHead } from './review.ts';

/** The domain's decision on one object; pure, but for the salt that it draws. */
export type Admit = (input: AdmissionInput) => Admission;

/** What is answered to one request, and what is told of it in log and metrics. */
export type Verdict =
  | {
      readonly outcome: Admission['outcome'];
      readonly reason: string;
      readonly review: ReviewHead;
      readonly admission: Pick<Admission, 'workload' | 'warnings'>;
      /** The AdmissionReview to answer with. */
      readonly text: string;
    }
  | {
      readonly outcome: 'failed';
      readonly reason: Refusal['reason'];
      readonly refusal: Refusal;
      readonly review?: ReviewHead;
      /** What was thrown, when the fault is ours. */
      readonly error?: unknown;
    };

/** Answers one review. Total: whatever the body is and whatever `admit` does, there is a verdict. */
export function mutate(body: Buffer, admit: Admit): Verdict {
  const decoded = decodeReview(body);
  if ('refusal' in decoded) return failed(decoded.refusal);
  const { review } = decoded;
  try {
    const admission = review.outOfScope === '' ? admit(review.input) : outOfScope(review);
    const text = allowing(review.uid, admission);
    const { outcome, reason, workload, warnings } = admission;
    return { outcome, reason, review: headOf(review), admission: { workload, warnings }, text };
  } catch (error) {
    const message = 'the review could not be worked out, which is a fault of the webhook: its log has a line with this uid';
    return { ...failed(refusal('internal', message)), review: headOf(review), error };
  }
}

/** The verdict on a request that gets an HTTP error. */
export const failed = (of: Refusal): Extract<Verdict, { outcome: 'failed' }> => ({
  outcome: 'failed',
  reason: of.reason,
  refusal: of,
});

const outOfScope = ({ input, outOfScope: reason }: Review) => ({
  outcome: 'skipped' as const,
  reason,
  patch: [],
  warnings: [],
  workload: { kind: input.kind, namespace: input.namespace, name: input.name },
});
