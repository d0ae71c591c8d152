import type { Logger } from '../process/logging.ts';
import type { Phase } from '../relations/phase.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ConfigMaps } from './config-maps.ts';
import type { Events } from './events.ts';
import type { WorkloadKey } from './key.ts';
import type { Client } from './kube/client.ts';
import type { Clock } from './kube/clock.ts';
import type { UnwatchedServices } from './lookup.ts';
import type { PodLists } from './pod-lists.ts';
import type { Releases } from './release.ts';
import type { Turns } from './turns.ts';

/** What a pass does after its write. */
export interface Unfinished {
  /** The phase before it, undefined for none. */
  readonly from: Phase | undefined;
  /** Whether pods may wait for a permit that it gives. */
  readonly opens: boolean;
}

/** What a pass over a workload works with. */
export interface Context {
  readonly client: Client;
  readonly cluster: ClusterView;
  readonly services: UnwatchedServices;
  readonly configMaps: ConfigMaps;
  readonly podLists: PodLists;
  readonly releases: Releases;
  readonly turns: Turns;
  readonly events: Events;
  readonly clock: Clock;
  readonly log: Logger;
  /** Consumers that the sweep found without the label by which they would be watched. */
  readonly unlabelled: Set<WorkloadKey>;
  /** Brings a workload up again after so many milliseconds. */
  readonly lookAgain: (key: WorkloadKey, delayMs: number) => void;
  /** Whether pods of the workload wait for a permit that nobody has given; asking takes the note off. */
  readonly takeUngiven: (key: WorkloadKey) => boolean;
  /** Puts that note back, after a pass that failed. */
  readonly noteUngiven: (key: WorkloadKey) => void;
  /** Passes whose write was not answered: what they were about to say and do, should it have taken effect all the same. */
  readonly unfinished: Map<WorkloadKey, Unfinished>;
  /** Notes that waiting pods of the workload were released in this pass. */
  readonly noteRelease: (key: WorkloadKey) => void;
  /** Notes where a workload stands, undefined when it is none of ours any more. */
  readonly notePhase: (key: WorkloadKey, phase: Phase | undefined) => void;
}
