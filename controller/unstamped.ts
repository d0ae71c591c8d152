import { EMPTY, interfaceStatus } from '../relations/configmap.ts';
import { KINDS } from '../relations/kinds.ts';
import { isConsumer } from '../relations/lists.ts';
import { describe } from '../relations/phase.ts';
import { resolve } from '../relations/resolve.ts';
import type { WorkloadView } from '../relations/workload.ts';
import { ForeignConfigMap } from './config-maps.ts';
import type { Context } from './context.ts';
import { keyOf } from './key.ts';
import { askedServices, watchedServices } from './lookup.ts';
import { mend, NotStamped } from './mend.ts';

/**
 * A consumer that admission did not stamp: it is older than orcon, or slipped past. Its pods run as they are, and it is taken
 * through the webhook only once all that it consumes is there, so that the roll which follows goes through. A stamp that
 * nobody asks for any more is taken off at once.
 */
export async function adopt(context: Context, workload: WorkloadView): Promise<void> {
  const { cluster, client, events, log } = context;
  const { kind, namespace, name, lists } = workload;
  if (!KINDS[kind].restamped) {
    await events.emit(
      workload,
      'NotStamped',
      `${kind} ${name} was created without orcon's webhook and its pod template is immutable: delete and re-create it`,
    );
    return;
  }
  if (isConsumer(lists)) {
    const resolution = resolve(lists, namespace, watchedServices(cluster, namespace));
    if (!resolution.complete) return reportWaiting(context, workload);
  }
  try {
    await mend(client, workload);
  } catch (error) {
    if (error instanceof NotStamped) await events.emit(workload, 'NotStamped', error.message);
    throw error;
  }
  log.info({ kind, namespace, name }, 'taken through the webhook');
  await events.emit(
    workload,
    'Mended',
    isConsumer(lists) ? 'stamped: all that it consumes is there' : 'stamp taken off: it consumes nothing',
  );
}

async function reportWaiting(context: Context, workload: WorkloadView): Promise<void> {
  const { client, cluster, configMaps, events, notePhase, log } = context;
  const { kind, namespace, name, lists } = workload;
  const before = configMaps.get(workload);
  const resolution = resolve(lists, namespace, await askedServices(client, cluster, namespace, lists.relations));
  const message = `not stamped yet, its pods run unheld; ${describe('Held', resolution)}`;
  const interfaces = [...resolution.provisions].map(
    ([each, provision]) => [each, interfaceStatus(provision, undefined)] as const,
  );
  const same = before?.status?.phase === 'Held';
  const since = same ? before.status.since : new Date().toISOString();
  notePhase(keyOf(workload), 'Held');
  try {
    await configMaps.write(workload, {
      ...(before ?? EMPTY),
      status: { phase: 'Held', since, message, interfaces: Object.fromEntries(interfaces) },
    });
  } catch (error) {
    if (!(error instanceof ForeignConfigMap)) throw error;
    await events.emit(workload, 'Conflict', error.message);
    return;
  }
  if (same) return;
  log.info({ kind, namespace, name, phase: 'Held', reason: message }, 'workload');
  await events.emit(workload, 'Held', message);
}
