import { addToMap } from './additions.ts';
import { fingerprint, type GateSettings } from './gate.ts';
import { identify } from './identity.ts';
import { isObject, type JsonObject, jsonEqual, objectAt, objectsAt, textAt, withFilled, withKey } from './json.ts';
import { isKind, KINDS, templatePointer } from './kinds.ts';
import { describeFault, faultsOf, isConsumer, type Lists, sameLists } from './lists.ts';
import { nearMisses } from './near-misses.ts';
import { type Addition, difference, type PatchOperation } from './patch.ts';
import { isStamped, type StampIdentity, stamp, stampAdditions } from './stamp.ts';
import { strip } from './strip.ts';
import { readSubject, type Subject } from './subject.ts';
import { unstamped } from './unstamp.ts';
import { CONSUMES, INJECTED, RELATIONS, RELATIONSHIPS, RELATIONSHIPS_DEFAULT, STATUS_INJECTED } from './vocabulary.ts';

/** What the API server asks about one object. */
export interface AdmissionInput {
  readonly operation: 'CREATE' | 'UPDATE';
  readonly kind: string;
  readonly namespace: string;
  /** Empty where the API server is to generate it. */
  readonly name: string;
  readonly object: unknown;
  /** null or undefined on CREATE. */
  readonly oldObject: unknown;
}

/** How an admission ends; stable codes, and documented. */
export const OUTCOMES = ['stamped', 'unchanged', 'removed', 'skipped'] as const;

/** Why a workload is skipped; stable codes, and documented. */
export const SKIP_REASONS = ['not-a-workload', 'being-deleted', 'no-relations', 'job-of-cronjob', 'job-is-immutable'] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export interface Admission {
  readonly outcome: (typeof OUTCOMES)[number];
  /** Why it was skipped; empty otherwise. */
  readonly reason: SkipReason | '';
  readonly patch: readonly PatchOperation[];
  /** What the user should know, each a line. */
  readonly warnings: readonly string[];
  readonly workload: { readonly kind: string; readonly namespace: string; readonly name: string };
}

/** The longest name that the API server generates from (its names are at most 63 characters, 5 of them random). */
const GENERATED_BASE_LIMIT = 58;

/**
 * Decides what admission makes of a workload. It depends on the object, its old version and the gate settings alone, but for
 * the salt of a new workload and the name of one that has none. Never throws, whatever a user wrote.
 *
 * @param salt gives five random characters at each call
 */
export function admit(input: AdmissionInput, settings: GateSettings, salt: () => string): Admission {
  const { kind, object, namespace } = input;
  const skipped = (reason: SkipReason, warnings: readonly string[] = []): Admission => ({
    outcome: 'skipped',
    reason,
    patch: [],
    warnings,
    workload: { kind, namespace, name: input.name },
  });
  if (!isKind(kind) || !isObject(object)) return skipped('not-a-workload');
  const metadata = objectAt(object, 'metadata');
  const subject = readSubject(kind, textAt(metadata, 'name') || input.name, object);
  if (subject === undefined) return skipped('not-a-workload');
  const old =
    input.operation === 'UPDATE' && isObject(input.oldObject) ? readSubject(kind, subject.name, input.oldObject) : undefined;
  const reason = whyNot(subject, old, input.operation);
  if (reason !== undefined) return skipped(reason, warningsOfSkipped(reason, subject, metadata));

  if (!isConsumer(subject.lists)) {
    const patch = difference(object, unstamped(subject, old));
    const outcome = patch.length === 0 ? 'unchanged' : 'removed';
    return { outcome, reason: '', patch, warnings: [], workload: { kind, namespace, name: subject.name } };
  }
  const generated = generatedName(subject, metadata, salt);
  const named = generated === undefined ? subject : { ...subject, name: generated };
  const template = templatePatch(named, old, identify(named, old, salt), settings);
  const patch = [...marks(metadata, generated), ...template.patch];
  const outcome = patch.length === 0 ? 'unchanged' : 'stamped';
  const warnings = warningsFor(named, template.untouched);
  return { outcome, reason: '', patch, warnings, workload: { kind, namespace, name: named.name } };
}

/** Why a workload is none of our business; undefined where it is. */
function whyNot(subject: Subject, old: Subject | undefined, operation: 'CREATE' | 'UPDATE'): SkipReason | undefined {
  const { deletionTimestamp } = objectAt(subject.object, 'metadata');
  if (deletionTimestamp !== undefined && deletionTimestamp !== null) return 'being-deleted';
  if (isJobOfStampedCronJob(subject)) return 'job-of-cronjob';
  if (operation === 'UPDATE' && !KINDS[subject.kind].restamped) return 'job-is-immutable';
  const bearsTrace = subject.record !== undefined || old?.record !== undefined || bearsStatus(subject);
  return isConsumer(subject.lists) || bearsTrace ? undefined : 'no-relations';
}

const bearsStatus = ({ object }: Subject): boolean =>
  objectAt(objectAt(object, 'metadata'), 'annotations')[STATUS_INJECTED] === INJECTED;

const isJobOfStampedCronJob = ({ kind, object, record }: Subject): boolean =>
  kind === 'Job' &&
  record?.kind === 'CronJob' &&
  objectsAt(objectAt(object, 'metadata'), 'ownerReferences').some(
    (owner) => owner.kind === 'CronJob' && owner.name === record.name,
  );

function warningsOfSkipped(reason: SkipReason, subject: Subject, metadata: JsonObject): readonly string[] {
  if (reason === 'job-is-immutable') return immutableWarnings(subject);
  return reason === 'no-relations' ? nearMisses(`${subject.kind} ${subject.name}`, metadata) : [];
}

function immutableWarnings({ kind, name, lists, record }: Subject): readonly string[] {
  const stampedFor: Lists = record?.kind === kind && record.name === name ? record : { consumes: [], relations: [] };
  if (sameLists(lists, stampedFor)) return [];
  return [
    `${CONSUMES} and ${RELATIONS} of Job ${name} count as they were when it was created (its pod template is immutable): delete and re-create it to change them`,
  ];
}

/** Admission sees no name where the API server is to generate one, so it generates it itself, in the same manner. */
function generatedName({ name }: Subject, metadata: JsonObject, salt: () => string): string | undefined {
  const base = textAt(metadata, 'generateName');
  return name !== '' || base === undefined ? undefined : `${base.slice(0, GENERATED_BASE_LIMIT)}${salt()}`;
}

/** What a consumer bears outside its pod template: its generated name, the label by which it is watched, and that it was seen to. */
function marks(metadata: JsonObject, generated: string | undefined): Addition[] {
  const additions: Addition[] = [];
  if (generated !== undefined) additions.push({ op: 'add', path: '/metadata/name', value: generated });
  if (!Object.hasOwn(objectAt(metadata, 'labels'), RELATIONSHIPS))
    addToMap(additions, metadata, '/metadata', 'labels', { [RELATIONSHIPS]: RELATIONSHIPS_DEFAULT });
  addToMap(additions, metadata, '/metadata', 'annotations', { [STATUS_INJECTED]: INJECTED });
  return additions;
}

/** @param untouched the old version where an update of the template was reduced to nothing */
function warningsFor(subject: Subject, untouched: Subject | undefined): readonly string[] {
  const { kind, name, object, lists } = subject;
  return [
    ...faultsOf(lists).map((fault) => `the pods of ${kind} ${name} are held: ${describeFault(fault)}`),
    ...nearMisses(`${kind} ${name}`, objectAt(object, 'metadata')),
    ...(untouched === undefined ? [] : reducedToNothing(subject, untouched)),
    ...(kind === 'CronJob' && (objectAt(object, 'spec').concurrencyPolicy ?? 'Allow') === 'Allow'
      ? [`CronJob ${name} has concurrencyPolicy Allow: Jobs pile up while a relation is missing; consider Forbid or Replace`]
      : []),
  ];
}

/**
 * What makes the pod template of the request the one that the workload should have.
 *
 * @returns with it, as `untouched`, the old version where an update of the template was reduced to nothing
 */
function templatePatch(subject: Subject, old: Subject | undefined, identity: StampIdentity, settings: GateSettings) {
  const { kind, template, record } = subject;
  const at = templatePointer(kind);
  const nothing = { patch: [], untouched: undefined };
  const whole = isStamped(template, identity);
  // Most updates leave the template alone, whatever gate it was stamped with.
  if (whole && old !== undefined && jsonEqual(template, old.template)) return nothing;
  const base = strip(strip(template, record), old?.record);
  if (old !== undefined && keepsOldTemplate(base, old, identity))
    return { patch: difference(template, old.template, at), untouched: old };
  if (whole && record?.gate === fingerprint(settings)) return nothing;
  // Where nothing had to be taken away first, what is added is all there is.
  const patch =
    base === template
      ? stampAdditions(template, at, identity, settings)
      : difference(template, stamp(base, identity, settings), at);
  return { patch, untouched: undefined };
}

/** Whether the update concerns nothing of the template but our stamp, so that nobody's pods need to restart. */
function keepsOldTemplate(base: JsonObject, old: Subject, identity: StampIdentity): boolean {
  const record = old.record;
  return (
    record !== undefined &&
    identity.epoch <= record.epoch &&
    isStamped(old.template, identity) &&
    jsonEqual(normalised(base), normalised(strip(old.template, record)))
  );
}

/** A template's metadata is there or not, with a null in it or not, as the client happened to send it. */
function normalised(template: JsonObject): JsonObject {
  return withFilled(template, 'metadata', withKey(objectAt(template, 'metadata'), 'creationTimestamp', undefined));
}

/** What to tell the author of an update that meant to change the template and changes but our part of it, which is kept. */
function reducedToNothing({ kind, name, template, record }: Subject, old: Subject): readonly string[] {
  const before = old.record;
  if (record === undefined || before === undefined) return [];
  if (record.salt === before.salt && record.epoch < before.epoch)
    return [
      `this revision of ${kind} ${name} differs from the current one by orcon's stamp alone: nothing was changed; choose an earlier one with --to-revision`,
    ];
  const edited = before.put.gates.find((gate) => {
    const sent = containerNamed(template, gate);
    return sent !== undefined && !jsonEqual(sent, containerNamed(old.template, gate));
  });
  return edited === undefined
    ? []
    : [`init container ${edited} of ${kind} ${name} is orcon's gate and stays as it was: change it in orcon's configuration`];
}

const containerNamed = (template: JsonObject, wanted: string): JsonObject | undefined =>
  objectsAt(objectAt(template, 'spec'), 'initContainers').find(({ name }) => name === wanted);
