import type { Logger } from '../process/logging.ts';
import { keyOf, type WorkloadKey, type WorkloadName } from './key.ts';
import type { Client } from './kube/client.ts';
import { type CancelTimer, type Clock, systemClock } from './kube/clock.ts';
import { type PodView, podsOf, touch } from './pods.ts';

/** Touches at once and after so many milliseconds more, while a pod still waits: a kubelet may look before its view of the ConfigMap is new. */
const TOUCH_AGAIN_MS = [1_000, 2_000, 4_000] as const;

export interface ReleasesOptions {
  readonly client: Client;
  /** Whether the workload's ConfigMap gives a permit. */
  readonly gives: (workload: WorkloadName, permit: string) => boolean;
  /** Called for a workload with pods that wait for a permit which nobody has given. */
  readonly onUngiven: (key: WorkloadKey) => void;
  /** Whether writing is ours to do. */
  readonly mayAct: () => boolean;
  readonly log: Logger;
  readonly clock?: Clock;
}

/** Lets pods whose permit is given start where they stand. */
export class Releases {
  readonly #options: ReleasesOptions;
  readonly #clock: Clock;
  readonly #again = new Map<WorkloadKey, CancelTimer>();

  constructor(options: ReleasesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Touches the waiting pods of a workload, now and a few times more while one waits.
   *
   * @param pods the workload's pods where they were just listed
   * @returns how many waited
   */
  async release(workload: WorkloadName, pods?: readonly PodView[]): Promise<number> {
    this.#again.get(keyOf(workload))?.();
    return this.#round(workload, 0, pods);
  }

  stop(): void {
    for (const cancel of this.#again.values()) cancel();
    this.#again.clear();
  }

  async #round(workload: WorkloadName, round: number, known?: readonly PodView[]): Promise<number> {
    const key = keyOf(workload);
    this.#again.delete(key);
    const { client, gives, onUngiven } = this.#options;
    const waiting = (known ?? (await podsOf(client, workload))).filter(({ waits }) => waits);
    const released = waiting.filter(({ permit }) => gives(workload, permit));
    await Promise.all(released.map((pod) => touch(client, pod, round + 1)));
    if (released.length < waiting.length) onUngiven(key);
    // Also when none waits yet: its pods may be about to be made.
    const delayMs = TOUCH_AGAIN_MS[round];
    if (delayMs !== undefined && (waiting.length > 0 || round === 0)) this.#scheduleRound(workload, round + 1, delayMs);
    return released.length;
  }

  #scheduleRound(workload: WorkloadName, round: number, delayMs: number): void {
    const { mayAct, log } = this.#options;
    const run = () => {
      if (!mayAct()) return;
      this.#round(workload, round).catch((error: unknown) => {
        log.warn({ ...workload, error: String(error) }, 'could not touch waiting pods; the sweep will');
      });
    };
    this.#again.set(keyOf(workload), this.#clock.startTimer(delayMs, run));
  }
}
