import type { Logger } from '../process/logging.ts';
import { keyOf, type WorkloadKey, type WorkloadName } from './key.ts';
import { isApiTrouble } from './kube/api-error.ts';
import type { Client } from './kube/client.ts';
import type { CancelTimer, Clock } from './kube/clock.ts';
import { Slots } from './kube/slots.ts';
import type { PodLists } from './pod-lists.ts';
import { type PodView, touch } from './pods.ts';

/**
 * Touches at once and after so many milliseconds more, while a pod still waits: a kubelet may look before its view of the ConfigMap
 * is new. After an outage of the API server it sees pods and ConfigMaps again at different times, each up to a minute later
 * (client-go's reflectors back off to 30 s, doubled by jitter), and a touch in between is in vain.
 */
const TOUCH_AGAIN_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000] as const;
/** A pod that was touched so often, for some minutes, waits for something else: an image, a volume, a container that does not end. */
const TOUCH_LIMIT = 20;
/** Of a workload with a thousand pods so many are touched at the same time: more would keep everything else from the API server. */
const TOUCHES_AT_ONCE = 8;

export interface ReleasesOptions {
  readonly client: Client;
  readonly podLists: PodLists;
  /** Whether the workload's ConfigMap gives a permit. */
  readonly gives: (workload: WorkloadName, permit: string) => boolean;
  /** Called for a workload with pods that wait for a permit which nobody has given. */
  readonly onUngiven: (key: WorkloadKey) => void;
  /** Whether writing is ours to do. */
  readonly mayAct: () => boolean;
  /** Called for what is no trouble of the API server's. */
  readonly onDefect: (error: unknown) => void;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Lets pods whose permit is given start where they stand. */
export class Releases {
  readonly #options: ReleasesOptions;
  readonly #touches = new Slots(TOUCHES_AT_ONCE);
  readonly #again = new Map<WorkloadKey, CancelTimer>();

  constructor(options: ReleasesOptions) {
    this.#options = options;
  }

  /**
   * Touches the waiting pods of a workload whose permit has just been given, now and a few times more while one waits.
   *
   * @param pods the workload's pods where they were just listed
   * @returns how many were touched
   */
  async release(workload: WorkloadName, pods?: readonly PodView[]): Promise<number> {
    // Whatever comes of this round, also when none waits yet: its pods may be about to be made.
    this.#followUp(workload, 0);
    return this.#touch(workload, pods ?? (await this.#options.podLists.of(workload)));
  }

  /** Looks in a moment whether pods of the workload wait: those that its roll-out makes. */
  expect(workload: WorkloadName): void {
    this.#followUp(workload, 0);
  }

  /** Touches those of a workload's waiting pods whose permit is given, as `release` does, and tells of those whose is not. */
  async releaseFound(workload: WorkloadName, waiting: readonly PodView[]): Promise<void> {
    const { gives, onUngiven } = this.#options;
    if (waiting.some(({ permit }) => !gives(workload, permit))) onUngiven(keyOf(workload));
    // Whatever comes of this round.
    if (this.#due(workload, waiting).length > 0) this.#followUp(workload, 0);
    await this.#touch(workload, waiting);
  }

  stop(): void {
    for (const cancel of this.#again.values()) cancel();
    this.#again.clear();
  }

  async #touch(workload: WorkloadName, pods: readonly PodView[]): Promise<number> {
    const due = this.#due(workload, pods);
    await Promise.all(due.map((pod) => this.#touches.run(() => touch(this.#options.client, pod))));
    return due.length;
  }

  #due(workload: WorkloadName, pods: readonly PodView[]): readonly PodView[] {
    const { gives } = this.#options;
    return pods.filter(({ waits, touches, permit }) => waits && touches < TOUCH_LIMIT && gives(workload, permit));
  }

  #followUp(workload: WorkloadName, round: number): void {
    const { clock, mayAct, log, onDefect } = this.#options;
    const key = keyOf(workload);
    this.#again.get(key)?.();
    this.#again.delete(key);
    const delayMs = TOUCH_AGAIN_MS[round];
    if (delayMs === undefined) return;
    const run = () => {
      this.#again.delete(key);
      if (!mayAct()) return;
      this.#touchAgain(workload, round).catch((error: unknown) => {
        if (!isApiTrouble(error)) return onDefect(error);
        log.warn({ workload: key, error: error.message }, 'could not touch waiting pods; tried again in a moment');
        if (!this.#again.has(key)) this.#followUp(workload, round + 1);
      });
    };
    this.#again.set(key, clock.startTimer(delayMs, run));
  }

  async #touchAgain(workload: WorkloadName, round: number): Promise<void> {
    const pods = await this.#options.podLists.of(workload);
    if ((await this.#touch(workload, pods)) > 0) this.#followUp(workload, round + 1);
  }
}
