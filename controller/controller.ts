import type { Logger } from '../process/logging.ts';
import { isObject } from '../relations/json.ts';
import { viewWorkload } from '../relations/workload.ts';
import { ClusterView } from './cluster-view.ts';
import { ConfigMaps } from './config-maps.ts';
import type { Context } from './context.ts';
import { Events } from './events.ts';
import { type WorkloadKey, type WorkloadName, workloadPath } from './key.ts';
import { ApiError, isApiTrouble } from './kube/api-error.ts';
import type { Client } from './kube/client.ts';
import { systemClock } from './kube/clock.ts';
import { Elector, type Term } from './kube/elector.ts';
import { type Pass, WorkQueue } from './kube/queue.ts';
import type { ReflectorEvent } from './kube/reflector.ts';
import { NotStamped } from './mend.ts';
import type { Metrics } from './metrics.ts';
import { Reconciler } from './reconcile.ts';
import { Releases } from './release.ts';
import type { Settings } from './settings.ts';
import { sweep } from './sweep.ts';
import { adopt } from './unstamped.ts';

export interface ControllerOptions {
  readonly client: Client;
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly log: Logger;
}

const LEASE = 'relations-controller';
const WORKERS = 8;
/** A pass is a handful of requests of at most 30 s each; one that takes longer than this makes no progress. */
const STUCK_PASS_MS = 180_000;
/** Watches hear a bookmark about once a minute. */
const SILENCE_LIMIT_MS = 150_000;

/** Ties the parts together: what changes is queued, and the leader works through the queue. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #cluster: ClusterView;
  readonly #queue: WorkQueue;
  readonly #elector: Elector;
  readonly #releases: Releases;
  readonly #reconciler: Reconciler;
  readonly #context: Context;
  /** Workloads with pods that wait for a permit nobody has given. */
  readonly #ungiven = new Set<string>();
  /** Workloads whose pods were released in the pass that runs. */
  readonly #released = new Set<string>();
  readonly #ended = Promise.withResolvers<void>();
  #stopping = false;

  /** Starts to watch at once. */
  constructor(options: ControllerOptions) {
    this.#options = options;
    const { client, settings, metrics, log } = options;
    this.#queue = new WorkQueue({
      workers: WORKERS,
      handle: (key) => this.#pass(key),
      observe: (pass) => this.#passed(pass),
      retryAfterMs: (error) => (error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : undefined),
    });
    this.#elector = new Elector({
      client,
      namespace: settings.podNamespace,
      name: LEASE,
      identity: settings.podName,
      onAcquire: (term) => this.#lead(term).catch(this.#ended.reject),
      onLose: (why) => {
        if (why !== 'stopped') this.#ended.reject(new Error(`the lease ${settings.podNamespace}/${LEASE} was lost: ${why}`));
      },
      onTrouble: (error) => log.warn({ error: error.message }, 'could not reach the lease'),
    });
    this.#cluster = new ClusterView({
      client,
      namespaces: settings.namespaces,
      onWorkload: (key) => this.#queue.add(key),
      onConfigMapGone: (key, last) => this.#reconciler.noteLost(key, last),
      observe: (resource, event) => this.#watched(resource, event),
    });
    const configMaps = new ConfigMaps(client, this.#cluster);
    this.#releases = new Releases({
      client,
      gives: (workload, permit) => configMaps.get(workload)?.permits.includes(permit) ?? false,
      onUngiven: (key) => this.#noteUngiven(key),
      mayAct: () => this.#elector.holds(),
      log,
    });
    this.#context = {
      client,
      cluster: this.#cluster,
      configMaps,
      releases: this.#releases,
      events: new Events(client, settings.podName, log),
      log,
      lookAgain: (key, delayMs) => this.#queue.addAfter(key, delayMs),
      takeUngiven: (key) => this.#ungiven.delete(key),
      noteRelease: (key) => this.#released.add(key),
      notePhase: (key, phase) => (phase === undefined ? metrics.phases.delete(key) : metrics.phases.set(key, phase)),
    };
    this.#reconciler = new Reconciler(this.#context);
    metrics.observe({
      queue: this.#queue,
      leads: () => this.#elector.holds(),
      silentSeconds: () => (systemClock.now() - this.#cluster.lastContact) / 1000,
    });
  }

  /** Works until it is stopped. Rejects when the lease is lost or a defect shows; nothing may be written after that. */
  async run(): Promise<void> {
    this.#cluster.failed().catch(this.#ended.reject);
    await Promise.race([this.#cluster.synced(), this.#ended.promise]);
    this.#options.log.info('every list is complete');
    if (!this.#stopping) this.#elector.start();
    await this.#ended.promise;
  }

  /** Ends the passes that run, gives the lease back and ends the watches. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#releases.stop();
    await this.#queue.shutDown();
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
    const silentMs = systemClock.now() - this.#cluster.lastContact;
    return [
      ...(this.#stopping ? ['stopping'] : []),
      ...(this.#cluster.isSynced ? [] : ['the first lists are not complete']),
      ...(silentMs > SILENCE_LIMIT_MS ? [`nothing was heard from the API server for ${Math.round(silentMs / 1000)} s`] : []),
    ];
  }

  async #lead(term: Term): Promise<void> {
    const { client, settings, log } = this.#options;
    // What the leader before wrote last may not be here yet.
    await this.#cluster.waitUntilCurrent();
    if (term.signal.aborted || this.#stopping) return;
    log.info({ identity: settings.podName }, 'leading');
    for (const key of this.#cluster.keys()) this.#queue.add(key);
    this.#queue.start();
    const onWaiting = (workload: WorkloadName) =>
      void this.#releases.release(workload).catch((error: unknown) => this.#swept(workload, error));
    const onUnlabelled = (workload: WorkloadName) =>
      void this.#adoptUnlabelled(workload).catch((error: unknown) => this.#swept(workload, error));
    await sweep({ client, cluster: this.#cluster, namespaces: settings.namespaces, onWaiting, onUnlabelled, log }, term.signal);
  }

  async #pass(key: string): Promise<void> {
    if (!this.#elector.holds()) return;
    await this.#reconciler.reconcile(key);
  }

  #noteUngiven(key: WorkloadKey): void {
    this.#ungiven.add(key);
    this.#queue.add(key);
  }

  /** A consumer without the label is not watched, so it is read for this one look. */
  async #adoptUnlabelled(workload: WorkloadName): Promise<void> {
    const found = await this.#options.client.request({ method: 'GET', path: workloadPath(workload) });
    if (isObject(found)) await adopt(this.#context, viewWorkload(workload.kind, found));
  }

  #swept(workload: WorkloadName, error: unknown): void {
    if (!isApiTrouble(error) && !(error instanceof NotStamped)) this.#ended.reject(error);
    else
      this.#options.log.warn({ ...workload, error: error.message }, 'the sweep could not see to a workload; the next one will');
  }

  #passed(pass: Pass): void {
    const { metrics, log } = this.#options;
    metrics.passed(pass);
    if (this.#released.delete(pass.key)) metrics.released(pass.queuedSeconds + pass.seconds);
    if (pass.failure === undefined) return;
    const { error, retryInMs } = pass.failure;
    const about = { workload: pass.key, retryInMs };
    // Somebody wrote in between: the ordinary course of things.
    if (error instanceof ApiError && error.code === 409) log.debug({ ...about, error: error.message }, 'a pass is repeated');
    else if (isApiTrouble(error) || error instanceof NotStamped) log.warn({ ...about, error: error.message }, 'a pass failed');
    else
      log.error(
        { ...about, error: error instanceof Error ? (error.stack ?? error.message) : String(error) },
        'a pass met a defect',
      );
  }

  #watched(resource: string, event: ReflectorEvent): void {
    const { metrics, log } = this.#options;
    metrics.watched(resource, event);
    if (event.type === 'retrying')
      log.warn({ resource, error: event.error.message, retryInMs: Math.round(event.delayMs) }, 'lost contact');
    if (event.type === 'listed') log.debug({ resource, reason: event.reason, objects: event.objects }, 'listed');
  }
}
