import { type JsonObject, objectAt } from './json.ts';
import { type Kind, templateOf } from './kinds.ts';
import { type Lists, readLists } from './lists.ts';
import { readRecord, type StampRecord } from './record.ts';

/** One version of a workload, as admission reads it. */
export interface Subject {
  readonly kind: Kind;
  readonly name: string;
  readonly object: JsonObject;
  readonly template: JsonObject;
  readonly lists: Lists;
  readonly record: StampRecord | undefined;
}

/** Reads a workload; undefined for an object without a pod template. */
export function readSubject(kind: Kind, name: string, object: JsonObject): Subject | undefined {
  const template = templateOf(kind, object);
  if (template === undefined) return undefined;
  const lists = readLists(objectAt(objectAt(object, 'metadata'), 'annotations'));
  return { kind, name, object, template, lists, record: readRecord(template) };
}
