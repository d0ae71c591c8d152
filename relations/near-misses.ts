import leven from 'leven';
import { type JsonObject, objectAt } from './json.ts';
import { printable } from './printable.ts';
import { CONSUMES, RELATIONS } from './vocabulary.ts';

const ANNOTATIONS = [CONSUMES, RELATIONS];
const PREFIX = 'tengu.io/';
/** Characters that somebody may have got wrong: one more, and other words come near. */
const SLIPS = 2;

/**
 * What to tell the author of a workload one of whose annotations is nearly one of ours, or whose labels have one of ours: as they
 * stand they mean nothing, and the pods start without waiting for what was meant.
 *
 * @param workload for the message, such as `Deployment orders`
 */
export function nearMisses(workload: string, metadata: JsonObject): readonly string[] {
  const annotations = objectAt(metadata, 'annotations');
  const labels = objectAt(metadata, 'labels');
  const misspelt = Object.keys(annotations).flatMap((key) => {
    const meant = key.startsWith(PREFIX) ? meantBy(key) : undefined;
    return meant === undefined || Object.hasOwn(annotations, meant)
      ? []
      : [`annotation ${printable(key)} of ${workload} means nothing to orcon: write ${meant}`];
  });
  const misplaced = ANNOTATIONS.filter((key) => Object.hasOwn(labels, key) && !Object.hasOwn(annotations, key)).map(
    (key) => `label ${key} of ${workload} means nothing to orcon: make it an annotation`,
  );
  return [...misspelt, ...misplaced];
}

const meantBy = (key: string): string | undefined =>
  ANNOTATIONS.includes(key) ? undefined : ANNOTATIONS.find((known) => leven(key.toLowerCase(), known) <= SLIPS);
