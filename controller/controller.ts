import type { Logger } from '../process/logging.ts';
import { ClusterView } from './cluster-view.ts';
import { ConfigMaps } from './config-maps.ts';
import type { Context } from './context.ts';
import { Events } from './events.ts';
import { fenced, holderOf, LeaseLost } from './fence.ts';
import type { WorkloadKey } from './key.ts';
import { ApiError } from './kube/api-error.ts';
import type { Client } from './kube/client.ts';
import { type Clock, pause, systemClock } from './kube/clock.ts';
import { Elector, type Term } from './kube/elector.ts';
import { type Pass, WorkQueue } from './kube/queue.ts';
import type { ReflectorEvent } from './kube/reflector.ts';
import { UnwatchedServices } from './lookup.ts';
import type { Metrics } from './metrics.ts';
import { PodLists } from './pod-lists.ts';
import { Reconciler } from './reconcile.ts';
import { Releases } from './release.ts';
import { reportPass, reportWatch } from './report.ts';
import { resumeTurns } from './roll.ts';
import type { Settings } from './settings.ts';
import { sweep } from './sweep.ts';
import { Turns } from './turns.ts';

export interface ControllerOptions {
  readonly client: Client;
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Called once, when a new leader has looked at all that it began with. */
  readonly onCaughtUp?: () => void;
  readonly clock?: Clock;
}

const LEASE = 'relations-controller';
/** Passes that write ConfigMaps at the same time. */
export const WORKERS = 8;
/** A pass is a dozen requests at most, each of which ends after 30 s, a page of a list after 60 s: a slow server is no reason to restart. */
const STUCK_PASS_MS = 900_000;
/** Watches hear a bookmark about once a minute. */
const SILENCE_LIMIT_MS = 150_000;
/** What a pass may still take when the process is to stop: the lease is given back within 2 s. */
const STOP_GRACE_MS = 1_000;

/** Ties the parts together: what changes is queued, and the leader works through the queue. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #clock: Clock;
  readonly #cluster: ClusterView;
  readonly #queue: WorkQueue;
  readonly #elector: Elector;
  readonly #context: Context;
  readonly #reconciler: Reconciler;
  /** Workloads with pods that wait for a permit nobody has given. */
  readonly #ungiven = new Set<string>();
  /** Workloads whose pods were released in the pass that runs. */
  readonly #released = new Set<string>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #stopping = new AbortController();
  #leads = false;
  #caughtUp = false;
  #mayWrite = true;

  /** Starts to watch at once. */
  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { settings, metrics, log } = options;
    const clock = this.#clock;
    const mayWrite = () => this.#mayWrite && this.#elector.holds();
    const client = fenced(options.client, { mayWrite, onConflict: () => this.#lookAtLease() });
    this.#queue = new WorkQueue({
      workers: WORKERS,
      handle: (key, standBack) => this.#reconciler.reconcile(key, standBack),
      observe: (pass) => this.#passed(pass),
      retryAfterMs: (error) => (error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : undefined),
      clock,
    });
    this.#elector = new Elector({
      client: options.client,
      namespace: settings.podNamespace,
      name: LEASE,
      identity: settings.podName,
      onAcquire: (term) => this.#lead(term).catch((error: unknown) => this.#end(error)),
      onLose: (why) => this.#end(new LeaseLost(`the lease ${settings.podNamespace}/${LEASE} was lost: ${why}`)),
      onTrouble: (error) => log.warn({ error: error.message }, 'could not reach the lease'),
      clock,
    });
    this.#cluster = new ClusterView({
      client,
      namespaces: settings.namespaces,
      onWorkload: (key) => this.#due(key),
      onConfigMap: (key, before, now) => {
        if (configMaps.watched(key, before, now)) this.#due(key);
      },
      onRollout: (key, rollout) => turns.follow(key, rollout),
      observe: (resource, event) => this.#watched(resource, event),
      clock,
    });
    const configMaps = new ConfigMaps(client, this.#cluster);
    const turns = new Turns({
      limit: settings.maxRolls,
      clock,
      onTurn: (key) => this.#due(key),
      onStuck: (key, deadlineMs) =>
        log.warn({ workload: key, seconds: deadlineMs / 1000 }, 'a roll-out makes no progress: its turn is over, others go on'),
    });
    const podLists = new PodLists(client);
    const releases = new Releases({
      client,
      podLists,
      gives: (workload, permit) => configMaps.get(workload)?.permits.includes(permit) ?? false,
      onUngiven: (key) => {
        this.#ungiven.add(key);
        this.#due(key);
      },
      mayAct: mayWrite,
      onDefect: (error) => this.#end(error),
      log,
      clock,
    });
    this.#context = {
      client,
      cluster: this.#cluster,
      services: new UnwatchedServices(client, this.#cluster, clock),
      configMaps,
      podLists,
      releases,
      turns,
      events: new Events({
        client,
        instance: settings.podName,
        givingWay: this.#queue.givingWay,
        onDefect: (error) => this.#end(error),
        log,
        clock,
      }),
      clock,
      log,
      unlabelled: new Set(),
      lookAgain: (key, delayMs) => this.#queue.addAfter(key, delayMs),
      takeUngiven: (key) => this.#ungiven.delete(key),
      noteUngiven: (key) => this.#ungiven.add(key),
      unfinished: new Map(),
      noteRelease: (key) => this.#released.add(key),
      notePhase: (key, phase) => (phase === undefined ? metrics.phases.delete(key) : metrics.phases.set(key, phase)),
    };
    this.#reconciler = new Reconciler(this.#context);
    metrics.observe({
      queue: this.#queue,
      turns,
      leads: () => this.#elector.holds(),
      silentSeconds: () => this.#silentMs / 1000,
    });
  }

  /** Works until it is stopped. Rejects when the lease is lost or a defect shows; nothing may be written after that. */
  async run(): Promise<void> {
    this.#cluster.failed().catch((error: unknown) => this.#end(error));
    await Promise.race([this.#cluster.synced(), this.#ended.promise]);
    if (!this.#stopping.signal.aborted) {
      this.#options.log.info('every list is complete');
      this.#elector.start();
    }
    await this.#ended.promise;
  }

  /** Ends the passes that run, gives the lease back within 2 s and ends the watches. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const idle = new AbortController();
    const passes = this.#queue
      .shutDown()
      .then(() => this.#context.events.flush())
      .finally(() => idle.abort());
    await Promise.race([passes, pause(this.#clock, STOP_GRACE_MS, idle.signal)]);
    this.#mayWrite = false;
    this.#context.releases.stop();
    this.#context.events.stop();
    this.#context.turns.stop();
    await this.#elector.stop();
    await this.#cluster.stop();
    this.#ended.resolve();
  }

  /** Whether this process makes no progress, a line each; that the API server is away is no reason. */
  whyNotLive(): readonly string[] {
    return this.#queue
      .inProgress()
      .filter(({ ageMs }) => ageMs > STUCK_PASS_MS)
      .map(({ key, ageMs }) => `the pass over ${key} has been running for ${Math.round(ageMs / 1000)} s`);
  }

  whyNotReady(): readonly string[] {
    return [
      ...(this.#stopping.signal.aborted ? ['stopping'] : []),
      ...(this.#cluster.isSynced ? [] : ['the first lists are not complete']),
      ...(this.#silentMs > SILENCE_LIMIT_MS
        ? [`nothing was heard from the API server for ${Math.round(this.#silentMs / 1000)} s`]
        : []),
    ];
  }

  get #silentMs(): number {
    return this.#clock.now() - this.#cluster.lastContact;
  }

  async #lead(term: Term): Promise<void> {
    const { settings, log } = this.#options;
    // What the leader before wrote last may not be here yet.
    await this.#cluster.waitUntilCurrent();
    const signal = AbortSignal.any([term.signal, this.#stopping.signal]);
    if (signal.aborted) return;
    log.info({ identity: settings.podName }, 'leading');
    this.#leads = true;
    resumeTurns(this.#context);
    for (const key of this.#cluster.keys()) this.#queue.add(key);
    this.#queue.start();
    await sweep(
      {
        client: this.#context.client,
        cluster: this.#cluster,
        namespaces: settings.namespaces,
        onWaiting: (workload, pods) => this.#context.releases.releaseFound(workload, pods),
        onUnlabelled: (key) => this.#context.unlabelled.add(key),
        onRound: () => {
          for (const key of this.#context.unlabelled) this.#due(key);
        },
        log,
        clock: this.#clock,
      },
      signal,
    );
  }

  /** Only the leader queues: it begins with everything, and a queue that nobody works through would only grow. */
  #due(key: WorkloadKey): void {
    if (this.#leads) this.#queue.add(key);
  }

  async #lookAtLease(): Promise<void> {
    const { client, settings } = this.#options;
    const holder = await holderOf(client, settings.podNamespace, LEASE);
    if (holder === undefined || holder === settings.podName) return;
    this.#end(new LeaseLost(`the lease ${settings.podNamespace}/${LEASE} was lost: ${holder || 'nobody'} holds it`));
  }

  #end(why: unknown): void {
    this.#mayWrite = false;
    if (!this.#stopping.signal.aborted) this.#ended.reject(why);
  }

  #passed(pass: Pass): void {
    const { metrics, log } = this.#options;
    metrics.passed(pass);
    if (this.#released.delete(pass.key)) metrics.released(pass.queuedSeconds + pass.seconds);
    reportPass(log, pass);
    if (this.#caughtUp || this.#queue.depth > 0) return;
    this.#caughtUp = true;
    this.#options.onCaughtUp?.();
  }

  #watched(resource: string, event: ReflectorEvent): void {
    const { metrics, log } = this.#options;
    metrics.watched(resource, event);
    reportWatch(log, resource, event);
  }
}
