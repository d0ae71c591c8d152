/** Workloads of which a changed template replaces no pod by itself. */
import { type JsonObject, objectAt, textAt } from '../../relations/json.ts';
import type { Kind } from '../../relations/kinds.ts';

/** What replaces the pods of a workload, where that is up to whoever it belongs to; undefined where its roll-out does. */
export function ownPace(kind: Kind, object: JsonObject): string | undefined {
  const spec = objectAt(object, 'spec');
  const { namespace, name } = objectAt(object, 'metadata');
  if (kind === 'Deployment' && spec.paused === true)
    return `it is paused, and its pods are replaced once you resume it: kubectl rollout resume deployment ${name} -n ${namespace}`;
  if (replacesOnDelete(kind, object)) return 'its updateStrategy is OnDelete: each pod is replaced once you delete it';
  const { partition } = objectAt(objectAt(spec, 'updateStrategy'), 'rollingUpdate');
  if (kind === 'StatefulSet' && typeof partition === 'number' && partition > 0)
    return `its updateStrategy has the partition ${partition}: the pods below are replaced once you lower it`;
  return undefined;
}

export const replacesOnDelete = (kind: Kind, object: JsonObject): boolean =>
  (kind === 'StatefulSet' || kind === 'DaemonSet') &&
  textAt(objectAt(objectAt(object, 'spec'), 'updateStrategy'), 'type') === 'OnDelete';
