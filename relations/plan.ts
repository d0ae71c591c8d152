import { type Content, EMPTY, interfaceStatus, newestEpoch, newestPermits, type Status } from './configmap.ts';
import { KINDS } from './kinds.ts';
import { describe, type Phase, phaseOf } from './phase.ts';
import { permitOf, type StampRecord } from './record.ts';
import { excess, type Provision, type Resolution } from './resolve.ts';

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

type Known = Extract<Provision, { state: 'known' }>;

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
  // A permit that was given once says how far the epoch was, even where somebody broke the annotation.
  const known = Math.max(before.epoch, newestEpoch(before.permits, record.seal));
  const epoch = Math.max(known, record.epoch) + (raised ? 1 : 0);
  const given = resolution.complete || permitted;
  // While a template is held, pods of the one before it may restart.
  const usable = given || before.permits.length === 0 ? resolution : asOlderPodsMaySee(resolution, before);
  const values = startsAnew(situation, permitted, raised) ? exactValues(usable, before) : keptValues(usable, before);

  const due = given ? [mine, ...waiting, ...(raised ? [permitOf({ epoch, seal: record.seal })] : [])] : [];
  const permits = newestPermits(due, before.permits);
  const phase = phaseOf(resolution, permitted);
  const since = before.status?.phase === phase ? before.status.since : now;
  const interfaces = Object.fromEntries(
    [...usable.provisions].map(([name, provision]) => [name, interfaceStatus(provision, before.status?.interfaces[name])]),
  );
  const status: Status = { phase, since, message: describe(phase, resolution), interfaces };

  const owed = rolled && record.epoch < epoch && permits.includes(permitOf({ epoch, seal: record.seal }));
  return {
    content: { values, permits, epoch, status },
    phase,
    from: before.status?.phase,
    gives: permits.filter((permit) => !before.permits.includes(permit)),
    roll: owed ? epoch : undefined,
  };
}

/**
 * Whether pods start anew on this content, so that what is gone may go: at the first permit of a template, at a roll, and
 * always for a CronJob, whose next Job reads what there is.
 */
const startsAnew = ({ record, resolution }: Situation, permitted: boolean, raised: boolean): boolean =>
  raised || (permitted ? record.kind === 'CronJob' : resolution.complete);

/** What is resolved, and of lost interfaces the last values. */
function exactValues({ provisions, values }: Resolution, before: Content): ReadonlyMap<string, string> {
  const kept = [...provisions].flatMap(([name, provision]) =>
    provision.state === 'known' ? [] : (before.status?.interfaces[name]?.variables ?? []),
  );
  const last = kept.flatMap((variable) => {
    const value = before.values.get(variable);
    return value === undefined ? [] : [[variable, value] as const];
  });
  return new Map([...last, ...values]);
}

/** All that was there and all that is resolved; what was there goes where both together are too much. */
function keptValues(resolution: Resolution, before: Content): ReadonlyMap<string, string> {
  const all = new Map([...before.values, ...resolution.values]);
  return excess(all).length === 0 ? all : exactValues(resolution, before);
}

/**
 * What is resolved, as far as it is nothing new to pods that were started with what was there before: an interface of the same
 * Service as then, or one of which they know no variable. Half of the new relations among the old ones would be neither set.
 */
function asOlderPodsMaySee({ provisions, values, ...rest }: Resolution, before: Content): Resolution {
  const isOfBefore = (name: string, { service, variables }: Known) => {
    const last = before.status?.interfaces[name]?.service;
    return last === undefined ? !variables.some((variable) => before.values.has(variable)) : last === service;
  };
  const seen = [...provisions].map(([name, provision]) => {
    const hidden = provision.state === 'known' && !isOfBefore(name, provision);
    return [name, hidden ? ({ state: 'pending' } as const) : provision] as const;
  });
  const open = new Set(seen.flatMap(([, provision]) => (provision.state === 'known' ? provision.variables : [])));
  return { ...rest, provisions: new Map(seen), values: new Map([...values].filter(([variable]) => open.has(variable))) };
}
