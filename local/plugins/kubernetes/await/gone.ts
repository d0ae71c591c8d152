/** Deletion, waited for until the object is really gone. */
import { at, type JsonObject } from '../../rpc/json.ts';
import { idOf } from '../naming.ts';
import { annotationOf, nameOf, type Objects } from '../objects.ts';
import { type Patience, type Progress, skipsAwait, waitFor } from './condition.ts';

const POLICIES: Readonly<Record<string, string>> = { foreground: 'Foreground', background: 'Background', orphan: 'Orphan' };

/**
 * Deletes the object and what it owns, and returns when it is gone; one that is gone already is fine. Throws if it is
 * still there when the time is up, with what holds it.
 */
export async function deleteObject(object: JsonObject, objects: Objects, patience: Patience): Promise<void> {
  const asked = annotationOf(object, 'pulumi.com/deletionPropagationPolicy') ?? 'foreground';
  const policy = POLICIES[asked.toLowerCase()];
  if (policy === undefined)
    throw new Error(
      `${object.kind} ${nameOf(object)}: pulumi.com/deletionPropagationPolicy ${JSON.stringify(asked)} is none of foreground, background, orphan`,
    );
  const before = await objects.get(object);
  if (before === undefined) return;
  await objects.delete(object, policy);
  if (skipsAwait(object)) return;
  const reasons = await waitFor(nameOf(object), () => look(before, objects), patience);
  if (reasons.length > 0) throw new Error(`${object.kind} ${idOf(object)} is not deleted yet: ${reasons.slice(1).join('; ')}`);
}

async function look(before: JsonObject, objects: Objects): Promise<Progress> {
  const live = await objects.get(before);
  const gone = live === undefined || at(live, 'metadata', 'uid') !== at(before, 'metadata', 'uid');
  if (gone) return { ready: true, reasons: [], status: '' };
  const finalizers = at(live, 'metadata', 'finalizers') ?? at(live, 'spec', 'finalizers');
  return { ready: false, reasons: [`finalizers ${JSON.stringify(finalizers ?? [])} are left`], status: 'Waiting for deletion' };
}
