import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { registerVitals } from '../process/vitals.ts';
import type { Phase } from '../relations/phase.ts';
import type { WorkloadKey } from './key.ts';
import type { Pass, WorkQueue } from './kube/queue.ts';
import type { ReflectorEvent } from './kube/reflector.ts';
import type { Turns } from './turns.ts';

const PREFIX = 'orcon_controller_';
const PHASES: readonly Phase[] = ['Held', 'Related', 'Broken', 'Conflict'];
/** Seconds from an event to the end of the pass that it caused; two API writes are some 10 ms. */
const PASS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

export interface Metrics {
  readonly registry: Registry;
  readonly phases: Map<WorkloadKey, Phase>;
  readonly requested: (request: { readonly verb: string; readonly code: number | 'error' }) => void;
  readonly passed: (pass: Pass) => void;
  readonly watched: (resource: string, event: ReflectorEvent) => void;
  readonly released: (seconds: number) => void;
  /** Gauges of the queue, of the contact with the API server and of leadership, read when they are asked for. */
  readonly observe: (state: {
    readonly queue: WorkQueue;
    readonly turns: Turns;
    readonly leads: () => boolean;
    readonly silentSeconds: () => number;
  }) => void;
  readonly stop: () => void;
}

/** The controller's metrics, in a registry of their own. No label has values that users make up. */
export function createMetrics(version: string): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const phases = new Map<WorkloadKey, Phase>();
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter<L>({ name: `${PREFIX}${name}`, help, labelNames: [...labelNames], registers });
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name: `${PREFIX}${name}`,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });

  new Gauge({
    name: `${PREFIX}workloads`,
    help: 'Workloads by phase',
    labelNames: ['phase'],
    registers,
    collect() {
      const counts = new Map<Phase, number>();
      for (const phase of phases.values()) counts.set(phase, (counts.get(phase) ?? 0) + 1);
      for (const phase of PHASES) this.set({ phase }, counts.get(phase) ?? 0);
    },
  });
  const requests = counter('api_requests_total', 'Requests to the API server by verb and HTTP status', ['verb', 'code']);
  const passes = counter('passes_total', 'Passes over a workload by result', ['result']);
  const lists = counter('lists_total', 'Lists by resource and reason', ['resource', 'reason']);
  const watches = counter('watch_ends_total', 'Watches that ended, by resource and reason', ['resource', 'reason']);
  const duration = new Histogram({
    name: `${PREFIX}pass_duration_seconds`,
    help: 'From the event that made a workload due to the end of its pass',
    buckets: PASS_BUCKETS,
    registers,
  });
  const releases = new Histogram({
    name: `${PREFIX}release_seconds`,
    help: 'From the event that completed the relations of a workload to the release of its pods',
    buckets: PASS_BUCKETS,
    registers,
  });
  return {
    registry,
    phases,
    requested: ({ verb, code }) => requests.inc({ verb, code: String(code) }),
    passed: ({ queuedSeconds, seconds, failure }) => {
      passes.inc({ result: failure === undefined ? 'done' : 'failed' });
      duration.observe(queuedSeconds + seconds);
    },
    watched: (resource, event) => {
      if (event.type === 'listed') lists.inc({ resource, reason: event.reason });
      if (event.type === 'watchEnded') watches.inc({ resource, reason: event.reason });
    },
    released: (seconds) => releases.observe(seconds),
    observe: ({ queue, turns, leads, silentSeconds }) => {
      gauge('queue_depth', 'Workloads that wait for a worker', () => queue.depth);
      gauge('queue_delayed', 'Workloads that come up later, after a failure or by plan', () => queue.delayed);
      gauge(
        'queue_standing_back',
        'Releases, rolls and Events that let the ConfigMaps of others go first',
        () => queue.givingWay.waiting,
      );
      gauge('queue_oldest_seconds', 'How long the workload that waits longest has waited', () => queue.oldestAgeMs / 1000);
      gauge('rolls', 'Workloads that roll for changed values, or may', () => turns.taken);
      gauge('rolls_waiting', 'Workloads whose roll waits for its turn', () => turns.waiting);
      gauge('leader', 'Whether this process is the active one', () => (leads() ? 1 : 0));
      gauge('api_silence_seconds', 'Since when the API server has not been heard on at least one watch', silentSeconds);
    },
    stop: registerVitals(registry, PREFIX, version),
  };
}
