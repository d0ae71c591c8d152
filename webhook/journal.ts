import type { Logger } from '../process/logging.ts';
import { printable } from '../relations/printable.ts';
import { shortened } from './answer.ts';
import type { Metrics } from './metrics.ts';
import type { Verdict } from './mutate.ts';
import type { ReloadEvents, Source } from './reload.ts';

/** A name that the API server would take is not longer; admission sees it before the API server has looked. */
const NAME_LIMIT = 253;

/**
 * Tells log and metrics of each request: one line a decision. Never values of relations, and never what else the object
 * holds; names are fields of their own, so that no name can forge a line.
 */
export function journal(log: Logger, metrics: Metrics): (verdict: Verdict, seconds: number) => void {
  const tellDecision = decisions(log);
  return (verdict, seconds) => {
    metrics.reviewed(verdict.outcome, verdict.reason, seconds);
    if (verdict.outcome !== 'failed') tellDecision(verdict);
    else if (verdict.reason === 'internal') log.error(faultFields(verdict), 'a review could not be worked out');
    else log.warn({ reason: verdict.reason, why: verdict.refusal.message }, 'request refused');
  };
}

type Decision = Exclude<Verdict, { outcome: 'failed' }>;

/** Tells of decisions. There are few different ones, and what the lines of one have in common is made into text once. */
function decisions(parent: Logger): (decision: Decision) => void {
  const known = new Map<string, Logger>();
  return ({ outcome, reason, review, admission }) => {
    const { kind, namespace, name } = admission.workload;
    const { operation } = review.input;
    const key = `${outcome} ${reason} ${operation} ${kind}`;
    // A field that is undefined is none.
    const log =
      known.get(key) ?? parent.child({ outcome, reason: reason === '' ? undefined : reason, operation, kind: clipped(kind) });
    // A kind that nobody asked about may be any text, and those are many.
    if (review.outOfScope === '') known.set(key, log);
    const fields = {
      namespace: clipped(namespace),
      name: clipped(name),
      uid: clipped(review.uid),
      dryRun: review.dryRun || undefined,
      warnings: admission.warnings.length || undefined,
    };
    log.info(fields, 'reviewed');
  };
}

/** The stack without its message, which may quote what the object holds. */
function faultFields({ review, error }: Extract<Verdict, { outcome: 'failed' }>) {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return {
    outcome: 'failed',
    reason: 'internal',
    kind: clipped(review?.input.kind ?? ''),
    namespace: clipped(review?.input.namespace ?? ''),
    name: clipped(review?.input.name ?? ''),
    uid: clipped(review?.uid ?? ''),
    error: error instanceof Error ? error.name : typeof error,
    at: stack
      .split('\n')
      .filter((line) => line.startsWith('    at '))
      .map((line) => line.trim()),
  };
}

const clipped = (text: string): string => shortened(printable(text), NAME_LIMIT);

/** What is told of a source when its files change; `changed` gets the version that has come into force. */
export const reloadEvents = <T>(
  log: Logger,
  source: Source<T>,
  failed: () => void,
  changed: (value: T) => void = () => {},
): ReloadEvents<T> => ({
  failed,
  changed: (value) => {
    changed(value);
    log.info(source.summary(value), `${source.what} in force`);
  },
  refused: (faults) =>
    log.error({ files: source.paths, faults }, `${source.what} cannot be used; the version before stays in force`),
});
