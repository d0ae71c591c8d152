import { type JsonObject, objectAt, objectsAt, textAt } from './json.ts';
import { KINDS } from './kinds.ts';
import { sameLists } from './lists.ts';
import { derivedSalt } from './names.ts';
import type { StampRecord } from './record.ts';
import { identityOf, type StampIdentity } from './stamp.ts';
import type { Subject } from './subject.ts';
import { STAMP } from './vocabulary.ts';

/**
 * Which stamp is due. The epoch never goes back, and an edit of the relations raises it by one; on update all of it follows from
 * the old object, so that a second call gives the same.
 */
export function identify(subject: Subject, old: Subject | undefined, salt: () => string): StampIdentity {
  const { kind, name, lists } = subject;
  const ours = (record: StampRecord | undefined) => (record?.kind === kind && record.name === name ? record : undefined);
  const before = ours(old?.record);
  const now = ours(subject.record);
  if (old === undefined) {
    // Called again for the same creation. A user who sends a stamp has copied it from another workload, maybe the last of this name.
    const again = now !== undefined && now.epoch === 0 && now.salt === now.seal && sameLists(now, lists);
    if (again && !sentWithStamp(subject)) return identityOf(kind, name, lists, now);
    const made = salt();
    return identityOf(kind, name, lists, { epoch: 0, salt: made, seal: made });
  }
  if (before === undefined) {
    const made = versionSalt(old.object);
    return identityOf(kind, name, lists, { epoch: now?.salt === made ? now.epoch : 0, salt: made, seal: made });
  }
  const current = now?.salt === before.salt ? now : undefined;
  const top = Math.max(before.epoch, current?.epoch ?? 0);
  if (sameLists(before, lists)) return identityOf(kind, name, lists, { epoch: top, salt: before.salt, seal: before.seal });
  const made = versionSalt(old.object);
  // Called again for the same update: its seal can be of no other one.
  const raised =
    current !== undefined && current.seal === made && current.epoch > before.epoch && sameLists(current, lists)
      ? current
      : undefined;
  return identityOf(kind, name, lists, raised ?? { epoch: top + 1, salt: before.salt, seal: made });
}

/**
 * Whether the stamp came with the request. The API server notes which fields a client sent before it asks any webhook, and
 * notes nothing of what webhooks add.
 */
function sentWithStamp({ kind, object }: Subject): boolean {
  const path = [...KINDS[kind].template, 'metadata', 'annotations', STAMP].map((key) => `f:${key}`);
  return objectsAt(objectAt(object, 'metadata'), 'managedFields').some((entry) => {
    const fields = path.slice(0, -1).reduce(objectAt, objectAt(entry, 'fieldsV1'));
    return Object.hasOwn(fields, `f:${STAMP}`);
  });
}

/** Five characters that belong to one stored version of an object. */
function versionSalt(object: JsonObject): string {
  const metadata = objectAt(object, 'metadata');
  return derivedSalt(textAt(metadata, 'uid') ?? '', textAt(metadata, 'resourceVersion') ?? '');
}
