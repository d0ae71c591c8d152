import { type JsonObject, objectAt, textAt } from './json.ts';
import { KINDS, type Kind, templateOf } from './kinds.ts';
import { type Lists, readLists, sameLists } from './lists.ts';
import { readRecord, type StampRecord } from './record.ts';
import { isWhole } from './stamp.ts';

/** What the controller keeps of a workload. */
export interface WorkloadView {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly deleting: boolean;
  /** What its annotations say now. */
  readonly lists: Lists;
  /** The record of its pod template, whoever it was made for. */
  readonly record: StampRecord | undefined;
  /** Whether the template bears the whole stamp that the workload asks for. */
  readonly stamped: boolean;
  /** updateStrategy OnDelete: a patched template replaces no pod until its owner deletes it. */
  readonly onDelete: boolean;
}

/** Reads a workload as the API server sends it; nothing else of it is kept. */
export function viewWorkload(kind: Kind, object: JsonObject): WorkloadView {
  const metadata = objectAt(object, 'metadata');
  const name = textAt(metadata, 'name') ?? '';
  const lists = readLists(objectAt(metadata, 'annotations'));
  const template = templateOf(kind, object) ?? {};
  const record = readRecord(template);
  return {
    kind,
    namespace: textAt(metadata, 'namespace') ?? '',
    name,
    uid: textAt(metadata, 'uid') ?? '',
    resourceVersion: textAt(metadata, 'resourceVersion') ?? '',
    deleting: textAt(metadata, 'deletionTimestamp') !== undefined,
    lists,
    record,
    stamped: record !== undefined && isRecordOf(record, { kind, name, lists }) && isWhole(template, record),
    onDelete: textAt(objectAt(objectAt(object, 'spec'), 'updateStrategy'), 'type') === 'OnDelete',
  };
}

/** Whether a record was made for just this workload and its lists as they are now; a Job's count as they were. */
export const isRecordOf = (record: StampRecord, { kind, name, lists }: Pick<WorkloadView, 'kind' | 'name' | 'lists'>): boolean =>
  record.kind === kind && record.name === name && (!KINDS[kind].restamped || sameLists(record, lists));
