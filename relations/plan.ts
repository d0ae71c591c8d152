import { type Content, EMPTY, interfaceStatus, newestPermits, type Status } from './configmap.ts';
import { KINDS } from './kinds.ts';
import { describe, type Phase, phaseOf } from './phase.ts';
import { permitOf, type StampRecord } from './record.ts';
import type { Resolution } from './resolve.ts';

/** What a pass over one stamped workload starts from. */
export interface Situation {
  /** The record of its pod template. */
  readonly record: StampRecord;
  readonly resolution: Resolution;
  /** What its ConfigMap says; undefined where there is none. */
  readonly before: Content | undefined;
  /** The permits that waiting pods of its older templates name. */
  readonly waiting: readonly string[];
  /** RFC 3339. */
  readonly now: string;
}

/** What a pass decides. */
export interface Plan {
  readonly content: Content;
  readonly phase: Phase;
  /** The phase before, undefined where there was none. */
  readonly from: Phase | undefined;
  /** Permits that the content gives and that were not given before. */
  readonly gives: readonly string[];
  /** The epoch that the template has yet to be rolled to; undefined where no roll is owed. */
  readonly roll: number | undefined;
}

/**
 * Decides what a workload's ConfigMap should say and whether a roll is owed. Values and permit are given together, and a
 * permit is never withdrawn. What a first start may read is exactly what is resolved; afterwards a lost value stays until the
 * next roll, and a changed one raises the epoch, which by itself is the note that a roll is owed.
 */
export function plan(situation: Situation): Plan {
  const { record, resolution, waiting, now } = situation;
  const before = situation.before ?? EMPTY;
  const mine = permitOf(record);
  const permitted = before.permits.includes(mine);
  const rolled = KINDS[record.kind].rolled;

  const changed =
    permitted &&
    [...resolution.values].some(([variable, value]) => before.values.has(variable) && before.values.get(variable) !== value);
  const raised = changed && rolled;
  const epoch = Math.max(before.epoch, record.epoch) + (raised ? 1 : 0);
  const values = fresh(situation, permitted, raised)
    ? exactValues(situation, before)
    : new Map([...before.values, ...resolution.values]);

  const given = resolution.complete || permitted;
  const due = given ? [mine, ...waiting, ...(raised ? [permitOf({ epoch, seal: record.seal })] : [])] : [];
  const permits = newestPermits([...due, ...before.permits]);
  const phase = phaseOf(resolution, permitted);
  const content: Content = { values, permits, epoch, status: statusOf(phase, situation, before, now) };

  const owed = rolled && record.epoch < epoch && permits.includes(permitOf({ epoch, seal: record.seal }));
  return {
    content,
    phase,
    from: before.status?.phase,
    gives: permits.filter((permit) => !before.permits.includes(permit)),
    roll: owed ? epoch : undefined,
  };
}

/** Whether pods start anew on this content, so that what is gone may go: at the first permit of a template and at a roll. */
const fresh = ({ resolution }: Situation, permitted: boolean, raised: boolean): boolean =>
  raised || (!permitted && resolution.complete);

/** What is resolved, and of lost interfaces the last values. */
function exactValues({ resolution }: Situation, before: Content): ReadonlyMap<string, string> {
  const kept = [...resolution.provisions].flatMap(([name, provision]) =>
    provision.state === 'known' ? [] : (before.status?.interfaces[name]?.variables ?? []),
  );
  const last = kept.flatMap((variable) => {
    const value = before.values.get(variable);
    return value === undefined ? [] : [[variable, value] as const];
  });
  return new Map([...last, ...resolution.values]);
}

function statusOf(phase: Phase, { resolution }: Situation, before: Content, now: string): Status {
  const interfaces = [...resolution.provisions].map(
    ([name, provision]) => [name, interfaceStatus(provision, before.status?.interfaces[name])] as const,
  );
  return {
    phase,
    since: before.status?.phase === phase ? before.status.since : now,
    message: describe(phase, resolution),
    interfaces: Object.fromEntries(interfaces),
  };
}
