import type { ConfigMapView } from '../relations/configmap.ts';
import type { Context } from './context.ts';
import { keyOf, type WorkloadName } from './key.ts';
import type { PodLists } from './pod-lists.ts';

/** How often it is looked whether the last pod that reads a ConfigMap which nobody needs otherwise is gone. */
const POD_LOOK_MS = 15_000;

/**
 * A ConfigMap whose workload is gone or consumes nothing any more. It stays while a living pod reads it, because that pod may
 * restart; with an owner that is gone the garbage collector takes it.
 *
 * @param exists whether the workload is there to stay
 */
export async function tidy(context: Context, workload: WorkloadName, exists: boolean): Promise<void> {
  const { configMaps, podLists, lookAgain, log, notePhase } = context;
  const key = keyOf(workload);
  notePhase(key, undefined);
  configMaps.forget(workload);
  const left = configMaps.get(workload);
  if (left === undefined || (!exists && left.owners.length > 0)) return;
  if (await isRead(podLists, workload, left)) {
    lookAgain(key, POD_LOOK_MS);
    return;
  }
  await configMaps.delete(workload, left);
  log.info({ workload: key, configMap: left.name }, 'deleted a ConfigMap that nobody reads any more');
}

async function isRead(podLists: PodLists, workload: WorkloadName, view: ConfigMapView): Promise<boolean> {
  const pods = await podLists.of(workload);
  return pods.some(({ living, record }) => living && record.put.configMap === view.name);
}
