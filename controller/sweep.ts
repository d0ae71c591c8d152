import type { Logger } from '../process/logging.ts';
import { ALL_KINDS, KINDS } from '../relations/kinds.ts';
import { CONSUMES, RELATIONS, RELATIONSHIPS } from '../relations/vocabulary.ts';
import type { ClusterView } from './cluster-view.ts';
import { collectionPath, keyOf, type WorkloadKey, type WorkloadName } from './key.ts';
import { isApiTrouble } from './kube/api-error.ts';
import type { Client } from './kube/client.ts';
import { type Clock, pause, systemClock } from './kube/clock.ts';
import { listMetadata } from './kube/list-metadata.ts';
import { pendingPods } from './pods.ts';

/** How often it is looked for pods that still wait, and, every so many times, for consumers that nobody watches. */
const SWEEP_MS = 60_000;
const SWEEPS_A_LABEL_LOOK = 5;
/** Rest between two pages of the slow list. */
const PAGE_PAUSE_MS = 200;

export interface SweepOptions {
  readonly client: Client;
  readonly cluster: ClusterView;
  readonly namespaces: readonly string[];
  /** Called for a workload with a pod that waits. */
  readonly onWaiting: (workload: WorkloadName) => void;
  /** Called for a consumer that lacks the label by which it would be watched. */
  readonly onUnlabelled: (workload: WorkloadName) => void;
  readonly log: Logger;
  readonly clock?: Clock;
}

/** Looks, slowly and for ever, for what events do not tell. Ends with the signal. */
export async function sweep(options: SweepOptions, signal: AbortSignal): Promise<void> {
  const clock = options.clock ?? systemClock;
  for (let round = 0; !signal.aborted; round++) {
    try {
      await sweepPods(options);
      if (round % SWEEPS_A_LABEL_LOOK === 0) await sweepLabels(options, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!isApiTrouble(error)) throw error;
      options.log.warn({ error: error.message }, 'a sweep failed; the next one comes');
    }
    await pause(clock, SWEEP_MS, signal);
  }
}

async function sweepPods({ client, namespaces, cluster, onWaiting }: SweepOptions): Promise<void> {
  const seen = new Set<WorkloadKey>();
  for (const namespace of namespaces.length === 0 ? [undefined] : namespaces) {
    for (const pod of await pendingPods(client, namespace)) {
      const workload = { kind: pod.record.kind, namespace: pod.namespace, name: pod.record.name };
      if (!pod.waits || !cluster.isOptedIn(pod.namespace) || seen.has(keyOf(workload))) continue;
      seen.add(keyOf(workload));
      onWaiting(workload);
    }
  }
}

async function sweepLabels(options: SweepOptions, signal: AbortSignal): Promise<void> {
  const { client, cluster, onUnlabelled } = options;
  for (const namespace of [...cluster.optedIn()]) {
    for (const kind of RESTAMPED) {
      const request = {
        path: collectionPath(kind, namespace),
        labelSelector: `!${RELATIONSHIPS}`,
        pauseMs: PAGE_PAUSE_MS,
        signal,
      };
      for await (const { name, annotations } of listMetadata(client, request)) {
        if (annotations?.[CONSUMES] !== undefined || annotations?.[RELATIONS] !== undefined)
          onUnlabelled({ kind, namespace, name });
      }
    }
  }
}

const RESTAMPED = ALL_KINDS.filter((kind) => KINDS[kind].restamped);
