import { type JsonObject, objectAt, objectsAt, textAt } from '../relations/json.ts';
import type { Kind } from '../relations/kinds.ts';
import { viewWorkload, type WorkloadView } from '../relations/workload.ts';

/** How far the roll-out of a workload's present template is. */
export interface Rollout {
  /** `metadata.generation` that this was read at. */
  readonly generation: number;
  /** Nothing more is to come: complete, given up, paused, or left to the pods' owner. Of a Job: it has finished. */
  readonly settled: boolean;
  /** What moves while it gets on; only compared with itself. */
  readonly progress: string;
  /** Without progress for so long it counts as broken, milliseconds. */
  readonly deadlineMs: number;
}

/** A workload as it is watched: what it asks for, and how far its roll-out is. */
export interface WatchedWorkload extends WorkloadView {
  readonly rollout: Rollout;
}

/** Kubernetes' default for Deployments; the other kinds have no deadline of their own, so it counts for them too. */
const DEFAULT_DEADLINE_SECONDS = 600;
/** A Deployment may say "never" by a very large number: others do not wait longer than this for it. */
const LONGEST_DEADLINE_SECONDS = 3_600;

/** Reads a workload as the API server sends it; nothing else of it is kept. */
export const watchWorkload = (kind: Kind, object: JsonObject): WatchedWorkload => ({
  ...viewWorkload(kind, object),
  rollout: viewRollout(kind, object),
});

/** Whether nothing changed that a pass looks at: a Deployment's status is written many times in each roll-out. */
export const isSameDemand = (before: WatchedWorkload, now: WatchedWorkload): boolean => demandOf(before) === demandOf(now);

function demandOf({ resourceVersion: _, rollout, ...view }: WatchedWorkload): string {
  return JSON.stringify([view, view.kind === 'Job' && rollout.settled]);
}

/** Judges as `kubectl rollout status` does (kubectl: pkg/polymorphichelpers/rollout_status.go). */
export function viewRollout(kind: Kind, object: JsonObject): Rollout {
  const spec = objectAt(object, 'spec');
  const status = objectAt(object, 'status');
  const generation = countAt(objectAt(object, 'metadata'), 'generation');
  const seen = countAt(status, 'observedGeneration') >= generation;
  const of = (settled: boolean, ...counts: readonly number[]): Rollout => ({
    generation,
    settled,
    progress: counts.join(),
    deadlineMs: Math.min(countAt(spec, 'progressDeadlineSeconds', DEFAULT_DEADLINE_SECONDS), LONGEST_DEADLINE_SECONDS) * 1000,
  });
  switch (kind) {
    case 'Deployment': {
      const [all, updated, available] = [
        countAt(status, 'replicas'),
        countAt(status, 'updatedReplicas'),
        countAt(status, 'availableReplicas'),
      ];
      const complete = updated >= countAt(spec, 'replicas', 1) && all <= updated && available >= updated;
      return of(
        spec.paused === true || (seen && (complete || hasCondition(status, 'Progressing', 'False'))),
        all,
        updated,
        available,
      );
    }
    case 'StatefulSet': {
      const [wanted, updated, ready] = [
        countAt(spec, 'replicas', 1),
        countAt(status, 'updatedReplicas'),
        countAt(status, 'readyReplicas'),
      ];
      const strategy = objectAt(spec, 'updateStrategy');
      const partition = countAt(objectAt(strategy, 'rollingUpdate'), 'partition');
      const replaced = partition > 0 ? updated >= wanted - partition : status.updateRevision === status.currentRevision;
      return of(strategy.type === 'OnDelete' || (seen && replaced && ready >= wanted), wanted, updated, ready);
    }
    case 'DaemonSet': {
      const wanted = countAt(status, 'desiredNumberScheduled');
      const [updated, available] = [countAt(status, 'updatedNumberScheduled'), countAt(status, 'numberAvailable')];
      const complete = seen && updated >= wanted && available >= wanted;
      return of(objectAt(spec, 'updateStrategy').type === 'OnDelete' || complete, wanted, updated, available);
    }
    case 'Job':
      return of(hasCondition(status, 'Complete', 'True') || hasCondition(status, 'Failed', 'True'));
    case 'CronJob':
      return of(true);
  }
}

/** A count that the API server leaves out where it is 0, or where it has a default. */
function countAt(parent: JsonObject, key: string, otherwise = 0): number {
  const value = parent[key];
  return typeof value === 'number' ? value : otherwise;
}

const hasCondition = (status: JsonObject, type: string, value: string): boolean =>
  objectsAt(status, 'conditions').some((condition) => textAt(condition, 'type') === type && condition.status === value);
