import { type ConfigMapView, sameContent } from '../relations/configmap.ts';
import { describe, type Phase } from '../relations/phase.ts';
import { type Plan, plan } from '../relations/plan.ts';
import { permitOf, type StampRecord } from '../relations/record.ts';
import { type Lookup, type Resolution, resolve } from '../relations/resolve.ts';
import { rollPatch } from '../relations/roll.ts';
import type { WorkloadView } from '../relations/workload.ts';
import { ForeignConfigMap, isOwner } from './config-maps.ts';
import type { Context } from './context.ts';
import { keyOf, workloadPath } from './key.ts';
import { askedServices, watchedServices } from './lookup.ts';
import { type PodView, podsOf } from './pods.ts';

/** A name that somebody else's ConfigMap has comes free without an event that reaches us. */
const FOREIGN_LOOK_MS = 30_000;

/**
 * One pass over a stamped workload: resolve, write the ConfigMap, release who waits, roll what is owed. Writes nothing where
 * nothing is to be changed.
 */
export async function supply(context: Context, workload: WorkloadView, record: StampRecord): Promise<void> {
  const { configMaps, notePhase } = context;
  const before = configMaps.get(workload);
  const { resolution, decision, pods } = await decide(context, workload, record, before);
  const { content, phase, gives, roll } = decision;
  notePhase(keyOf(workload), phase);

  try {
    await configMaps.write(workload, content);
  } catch (error) {
    if (!(error instanceof ForeignConfigMap)) throw error;
    await reportForeign(context, workload, error);
    return;
  }
  const givenAnew = gives.length > 0 || before === undefined;
  if (givenAnew && content.permits.length > 0 && (await context.releases.release(workload, pods)) > 0)
    context.noteRelease(keyOf(workload));
  if (decision.from !== phase) await report(context, workload, phase, describe(phase, resolution));
  if (roll !== undefined) await rollTo(context, workload, record, roll);
}

async function decide(context: Context, workload: WorkloadView, record: StampRecord, before: ConfigMapView | undefined) {
  const { client, cluster } = context;
  const now = new Date().toISOString();
  const think = (find: Lookup, waiting: readonly string[]): { resolution: Resolution; decision: Plan } => {
    const resolution = resolve(record, workload.namespace, find);
    return { resolution, decision: plan({ record, resolution, before, waiting, now }) };
  };
  let find = watchedServices(cluster, workload.namespace);
  let thought = think(find, []);
  const settled = before !== undefined && sameContent(before, thought.decision.content);
  // Whether a Service is missing or just its label is asked only when there is something new to say.
  if (!settled && !thought.resolution.complete) {
    find = await askedServices(client, cluster, workload.namespace, record.relations);
    thought = think(find, []);
  }
  const ungiven = context.takeUngiven(keyOf(workload));
  const given = thought.resolution.complete || before?.permits.includes(permitOf(record)) === true;
  // Pods of older templates can wait only where there was an older template: the first one has epoch 0 and its first seal.
  const mayWait = ungiven || (thought.decision.gives.length > 0 && hasHistory(record));
  const pods = given && mayWait ? await podsOf(client, workload) : undefined;
  if (pods !== undefined) thought = think(find, waitingPermits(pods, record));
  return { ...thought, pods };
}

const hasHistory = (record: StampRecord): boolean => record.epoch > 0 || record.seal !== record.salt;

/** The permits that waiting pods of this workload name; the salt tells them from those of an earlier one of the same name. */
const waitingPermits = (pods: readonly PodView[], record: StampRecord): readonly string[] =>
  pods.filter((pod) => pod.waits && pod.record.salt === record.salt).map(({ permit }) => permit);

async function report({ events, log }: Context, workload: WorkloadView, phase: Phase, message: string): Promise<void> {
  const { kind, namespace, name } = workload;
  log.info({ kind, namespace, name, phase, reason: message }, 'workload');
  await events.emit(workload, phase, message);
}

async function reportForeign(context: Context, workload: WorkloadView, error: ForeignConfigMap): Promise<void> {
  context.notePhase(keyOf(workload), 'Conflict');
  await report(context, workload, 'Conflict', error.message);
  context.lookAgain(keyOf(workload), FOREIGN_LOOK_MS);
}

/** Starts the roll that the epoch asks for. What comes in its way comes again: the epoch stays ahead until it is done. */
async function rollTo(
  { client, events, log }: Context,
  workload: WorkloadView,
  record: StampRecord,
  epoch: number,
): Promise<void> {
  const { kind, namespace, name, resourceVersion, onDelete } = workload;
  await client.request({
    method: 'PATCH',
    path: workloadPath(workload),
    body: rollPatch(record, epoch, resourceVersion),
    contentType: 'application/strategic-merge-patch+json',
  });
  log.info({ kind, namespace, name, epoch }, 'rolled for changed values');
  await events.emit(
    workload,
    'Rolled',
    'values of its relations changed: its pods are replaced by ones that read the new values',
  );
  if (onDelete) {
    await events.emit(
      workload,
      'PodsWaitForOwner',
      'updateStrategy is OnDelete: its pods read the new values when they are deleted',
    );
  }
}

/** Whether a ConfigMap is that of an earlier workload of the same name. */
export const isPredecessors = (view: ConfigMapView, workload: WorkloadView): boolean =>
  !isOwner(view, workload.uid) && view.owners.some(({ kind, name }) => kind === workload.kind && name === workload.name);
