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
  const logOf = decisionLogs(log);
  return (verdict, seconds) => {
    metrics.reviewed(verdict.outcome, verdict.reason, seconds);
    if (verdict.outcome !== 'failed') logOf(verdict).info(decisionFields(verdict), 'reviewed');
    else if (verdict.reason === 'internal') log.error(faultFields(verdict), 'a review could not be worked out');
    else log.warn({ reason: verdict.reason, why: verdict.refusal.message }, 'request refused');
  };
}

type Decision = Exclude<Verdict, { outcome: 'failed' }>;

/** A logger for each of the few decisions that there are: what its lines have in common is made into text once. */
function decisionLogs(log: Logger): (decision: Decision) => Logger {
  const known = new Map<string, Logger>();
  return ({ outcome, reason, review, admission }) => {
    const { kind } = admission.workload;
    const { operation } = review.input;
    const key = `${outcome} ${reason} ${operation} ${kind}`;
    const made =
      known.get(key) ?? log.child({ outcome, reason: reason === '' ? undefined : reason, operation, kind: clipped(kind) });
    // A kind that nobody asked about may be any text, and those are many.
    if (review.outOfScope === '') known.set(key, made);
    return made;
  };
}

/** A field that is undefined is none. */
function decisionFields({ review, admission }: Decision) {
  const { namespace, name } = admission.workload;
  return {
    namespace: clipped(namespace),
    name: clipped(name),
    uid: clipped(review.uid),
    dryRun: review.dryRun || undefined,
    warnings: admission.warnings.length || undefined,
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
