import { type JsonObject, objectAt, withFilled, withKey } from './json.ts';
import { withTemplate } from './kinds.ts';
import { strip } from './strip.ts';
import type { Subject } from './subject.ts';
import { STATUS_INJECTED } from './vocabulary.ts';

/**
 * The workload as its user wrote it: without the stamp that its record names, nor what `old`, its version before, names; the
 * object itself where there is nothing of either. The label by which it is watched stays: who put it there cannot be told.
 */
export function unstamped({ kind, object, template, record }: Subject, old?: Subject): JsonObject {
  const metadata = objectAt(object, 'metadata');
  const annotations = withKey(objectAt(metadata, 'annotations'), STATUS_INJECTED, undefined);
  const cleaned = strip(strip(template, record), old?.record);
  const unmarked = withKey(object, 'metadata', withFilled(metadata, 'annotations', annotations));
  return cleaned === template ? unmarked : withTemplate(kind, unmarked, cleaned);
}
