import type { Logger } from '../process/logging.ts';
import { ALL_KINDS } from '../relations/kinds.ts';
import { CONSUMES, RELATIONS, RELATIONSHIPS } from '../relations/vocabulary.ts';
import type { ClusterView } from './cluster-view.ts';
import { NotLeading } from './fence.ts';
import { collectionPath, keyOf, partsOf, type WorkloadKey, type WorkloadName } from './key.ts';
import { ApiError, isApiTrouble } from './kube/api-error.ts';
import type { Client } from './kube/client.ts';
import { type Clock, pause } from './kube/clock.ts';
import { listMetadata } from './kube/list-metadata.ts';
import { type PodView, pendingPods } from './pods.ts';

/**
 * How often it is looked for pods that still wait, and, every so many times, for consumers that nobody watches; in a namespace that
 * has been opted in since, the next time. Those that were found are looked at each time.
 */
const SWEEP_MS = 60_000;
const SWEEPS_A_LABEL_LOOK = 5;
/** After one that failed: a leader begins with a sweep, and often just when the API server comes back. */
const SWEEP_AGAIN_MS = 5_000;
/** Rest between two pages of the slow list. */
const PAGE_PAUSE_MS = 200;

export interface SweepOptions {
  readonly client: Client;
  readonly cluster: ClusterView;
  readonly namespaces: readonly string[];
  /** Called for a workload with pods that wait; the next one comes when its promise has settled. */
  readonly onWaiting: (workload: WorkloadName, waiting: readonly PodView[]) => Promise<void>;
  /** Called for a consumer that lacks the label by which it would be watched. Notes it and no more. */
  readonly onUnlabelled: (key: WorkloadKey) => void;
  /** Called at the end of each round: those that were found before are due for another look. */
  readonly onRound: () => void;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Looks, slowly and for ever, for what events do not tell. Ends with the signal. */
export async function sweep(options: SweepOptions, signal: AbortSignal): Promise<void> {
  const { clock, cluster } = options;
  let looked = new Set<string>();
  for (let round = 0; !signal.aborted; ) {
    let restMs = SWEEP_MS;
    try {
      await sweepPods(options);
      const namespaces = [...cluster.optedIn()];
      const isDue = (namespace: string) => round % SWEEPS_A_LABEL_LOOK === 0 || !looked.has(namespace);
      await sweepLabels(options, namespaces.filter(isDue), signal);
      looked = new Set(namespaces);
      options.onRound();
      round += 1;
    } catch (error) {
      if (signal.aborted || error instanceof NotLeading) return;
      if (!isApiTrouble(error)) throw error;
      options.log.warn({ error: error.message }, 'a sweep failed; the next one comes');
      restMs = SWEEP_AGAIN_MS;
    }
    await pause(clock, restMs, signal);
  }
}

async function sweepPods({ client, namespaces, cluster, onWaiting, log }: SweepOptions): Promise<void> {
  for (const namespace of namespaces.length === 0 ? [undefined] : namespaces) {
    const waiting = new Map<WorkloadKey, PodView[]>();
    for (const pod of await pendingPods(client, namespace)) {
      if (!pod.waits || cluster.namespaceState(pod.namespace) !== 'enabled') continue;
      const key = keyOf({ kind: pod.record.kind, namespace: pod.namespace, name: pod.record.name });
      const others = waiting.get(key);
      if (others === undefined) waiting.set(key, [pod]);
      else others.push(pod);
    }
    for (const [key, pods] of waiting) {
      await onWaiting(partsOf(key), pods).catch((error: unknown) => {
        // What is wrong with one is no reason to leave the others waiting; without an answer there is none for the others either.
        if (!(error instanceof ApiError)) throw error;
        log.warn({ workload: key, error: error.message }, 'could not touch waiting pods; the next sweep will');
      });
    }
  }
}

async function sweepLabels(options: SweepOptions, namespaces: Iterable<string>, signal: AbortSignal): Promise<void> {
  const { client, clock, onUnlabelled } = options;
  for (const namespace of namespaces) {
    for (const kind of ALL_KINDS) {
      const request = {
        path: collectionPath(kind, namespace),
        labelSelector: `!${RELATIONSHIPS}`,
        pauseMs: PAGE_PAUSE_MS,
        signal,
        clock,
      };
      for await (const { name, annotations } of listMetadata(client, request)) {
        if (annotations?.[CONSUMES] !== undefined || annotations?.[RELATIONS] !== undefined)
          onUnlabelled(keyOf({ kind, namespace, name }));
      }
    }
  }
}
