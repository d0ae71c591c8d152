import type { WorkloadKey } from './key.ts';
import type { CancelTimer, Clock } from './kube/clock.ts';
import type { Rollout } from './rollout.ts';

export interface TurnsOptions {
  /** How many workloads may be rolling at once. */
  readonly limit: number;
  readonly clock: Clock;
  /** Called when the turn of a workload that stood in line has come. It is its until it begins or leaves. */
  readonly onTurn: (key: WorkloadKey) => void;
  /** Called when a roll-out made no progress for so long, milliseconds, that its turn is over. */
  readonly onStuck: (key: WorkloadKey, deadlineMs: number) => void;
}

/** How long a workload whose roll failed lets others go first, milliseconds; doubled with each failure. */
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 300_000;

/** The roll-out that a workload uses its turn for. */
interface Roll {
  /** The workload's generation since: what is known of an earlier one says nothing about it. */
  readonly generation: number;
  /** The version of the workload that was patched. */
  readonly over: string;
  readonly progress: string;
  readonly cancel: CancelTimer;
}

/**
 * Who may roll now, so that a value with many consumers does not restart them all at once. A turn ends when the roll-out is
 * settled or has stood still for its progress deadline, so that broken ones hold up nobody. First come, first served.
 *
 * Turns live in memory: after a change of leaders they are taken up again from the roll-outs that are under way.
 */
export class Turns {
  readonly #options: TurnsOptions;
  /** Who has a turn; undefined before its roll has begun. */
  readonly #turns = new Map<WorkloadKey, Roll | undefined>();
  readonly #line = new Set<WorkloadKey>();
  /** Whose turn was left to the next pass. */
  readonly #postponed = new Set<WorkloadKey>();
  /** Whose rolls failed, how often, and what ends the rest that they take from it. */
  readonly #failures = new Map<
    WorkloadKey,
    { readonly count: number; readonly resting: boolean; readonly cancel: CancelTimer }
  >();

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  get limit(): number {
    return this.#options.limit;
  }
  get taken(): number {
    return this.#turns.size;
  }
  get waiting(): number {
    return this.#line.size;
  }

  /** Asks for a turn: whether it has one now. Else it stands in line, `onTurn` tells when it is due. */
  enter(key: WorkloadKey): boolean {
    if (this.#turns.has(key)) return true;
    if (this.#failures.get(key)?.resting) return false;
    this.#line.add(key);
    if (this.#turns.size >= this.#options.limit || this.#first() !== key) return false;
    this.#line.delete(key);
    this.#turns.set(key, undefined);
    return true;
  }

  /** Gives up a place in line, or a turn that was not used. A roll-out that is under way keeps its turn. */
  leave(key: WorkloadKey): void {
    this.#forgetFailures(key);
    this.#giveUp(key);
  }

  /** Gives up a turn because the roll could not begin. It may ask again after a while, longer each time; `onTurn` tells. */
  fail(key: WorkloadKey): void {
    // Whoever wanted no turn is brought up again by the queue alone.
    if (!this.#line.has(key) && !this.#turns.has(key)) return;
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    this.#forgetFailures(key);
    const delayMs = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (count - 1));
    const cancel = this.#options.clock.startTimer(delayMs, () => {
      this.#failures.set(key, { count, resting: false, cancel });
      this.#options.onTurn(key);
    });
    this.#failures.set(key, { count, resting: true, cancel });
    this.#giveUp(key);
  }

  /** Keeps the turn for the next pass. Not twice in a row: gives whether it may. */
  postpone(key: WorkloadKey): boolean {
    if (this.#postponed.has(key)) return false;
    this.#postponed.add(key);
    return true;
  }

  /** Whether just this version of the workload was patched already, and the watch has not told yet. */
  hasRolled(key: WorkloadKey, resourceVersion: string): boolean {
    return this.#turns.get(key)?.over === resourceVersion;
  }

  /**
   * Uses the turn.
   *
   * @param over the version of the workload that was patched
   * @param rollout the workload as it is after the patch
   */
  begin(key: WorkloadKey, over: string, rollout: Rollout): void {
    this.#forgetFailures(key);
    this.#line.delete(key);
    this.#postponed.delete(key);
    this.#note(key, over, rollout.generation, rollout);
  }

  /** Notes how far a workload is; undefined when it is gone. */
  follow(key: WorkloadKey, rollout: Rollout | undefined): void {
    const roll = this.#turns.get(key);
    if (roll === undefined || (rollout !== undefined && rollout.generation < roll.generation)) return;
    if (rollout === undefined || rollout.settled) this.#end(key);
    else if (rollout.progress !== roll.progress) this.#note(key, roll.over, roll.generation, rollout);
  }

  /** Ends every timer. */
  stop(): void {
    for (const roll of this.#turns.values()) roll?.cancel();
    for (const { cancel } of this.#failures.values()) cancel();
    this.#failures.clear();
    this.#turns.clear();
    this.#line.clear();
    this.#postponed.clear();
  }

  #giveUp(key: WorkloadKey): void {
    this.#line.delete(key);
    this.#postponed.delete(key);
    if (this.#turns.has(key) && this.#turns.get(key) === undefined) this.#end(key);
  }

  #forgetFailures(key: WorkloadKey): void {
    this.#failures.get(key)?.cancel();
    this.#failures.delete(key);
  }

  #note(key: WorkloadKey, over: string, generation: number, { progress, deadlineMs }: Rollout): void {
    this.#turns.get(key)?.cancel();
    const cancel = this.#options.clock.startTimer(deadlineMs, () => {
      this.#options.onStuck(key, deadlineMs);
      this.#end(key);
    });
    this.#turns.set(key, { generation, over, progress, cancel });
  }

  #end(key: WorkloadKey): void {
    this.#turns.get(key)?.cancel();
    this.#turns.delete(key);
    for (let next = this.#first(); next !== undefined && this.#turns.size < this.#options.limit; next = this.#first()) {
      this.#line.delete(next);
      this.#turns.set(next, undefined);
      this.#options.onTurn(next);
    }
  }

  #first(): WorkloadKey | undefined {
    return this.#line.values().next().value;
  }
}
