import { pino } from 'pino';
import { Controller } from '../../controller/controller.ts';
import { type Client, createClient } from '../../controller/kube/client.ts';
import { createMetrics, type Metrics } from '../../controller/metrics.ts';
import { plainAccess } from '../fake-api/access.ts';
import type { FakeApi } from '../fake-api/fake-api.ts';
import { ManualClock } from '../fake-api/manual-clock.ts';
import { until } from '../fake-api/until.ts';

export interface ProcessOptions {
  readonly podName?: string;
  readonly namespaces?: readonly string[];
  readonly maxRolls?: number;
}

export type LogLine = Readonly<Record<string, unknown>> & { readonly level: number; readonly msg: string };

/** One process of the controller, with a clock of its own that only the test moves. */
export class ControllerProcess {
  readonly clock = new ManualClock();
  readonly controller: Controller;
  readonly metrics: Metrics;
  readonly lines: LogLine[] = [];
  /** Why it ended; undefined while it works, null when it was stopped. */
  ended: unknown;
  /** How often it has said that it has looked at all that it began with. */
  caughtUp = 0;
  readonly #api: FakeApi;
  readonly #client: Client;
  readonly #running: Promise<void>;
  /** Namespaces given by name are not watched but looked at every 15 s. */
  readonly #polls: boolean;
  #underWay = 0;

  constructor(api: FakeApi, { podName = 'one', namespaces = [], maxRolls = 20 }: ProcessOptions = {}) {
    this.#api = api;
    this.#polls = namespaces.length > 0;
    this.metrics = createMetrics('test');
    this.#client = createClient(plainAccess(api.url), { clock: this.clock, onRequest: this.metrics.requested });
    const log = pino({ level: 'debug', base: null }, { write: (line: string) => void this.lines.push(JSON.parse(line)) });
    const settings = { podName, podNamespace: 'orcon-system', namespaces, maxRolls, healthPort: 0 };
    const onCaughtUp = () => {
      this.caughtUp += 1;
    };
    const client = this.#counted();
    this.controller = new Controller({ client, settings, metrics: this.metrics, log, onCaughtUp, clock: this.clock });
    this.#running = this.controller.run().then(
      () => {
        this.ended = null;
      },
      (error: unknown) => {
        this.ended = error;
      },
    );
  }

  /** What a metric without labels, or with just these, says. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
    const { values } = (await this.metrics.registry.getSingleMetric(`orcon_controller_${name}`)?.get()) ?? { values: [] };
    return values.find((value) => Object.entries(labels).every(([label, text]) => value.labels[label] === text))?.value;
  }

  async leading(): Promise<void> {
    await until(`it leads; it said ${JSON.stringify(this.lines)}`, () => this.said('leading'));
    await this.rest();
  }

  said(message: string): boolean {
    return this.lines.some(({ msg }) => msg === message);
  }

  /** All that was written has been told to it, and it has nothing to do before time passes. */
  async rest(): Promise<void> {
    for (let calm = 0; calm < 3; ) {
      const before = this.#sent();
      await this.#hear();
      for (let turns = 0; turns < 4; turns += 1) {
        await until('no request is under way', () => this.#underWay === 0);
        await new Promise(setImmediate);
      }
      calm = this.#sent() === before ? calm + 1 : 0;
    }
  }

  /** Requests so far, without those that come by the clock alone. */
  #sent(): number {
    const byClock = ['leases.coordination.k8s.io', ...(this.#polls ? ['namespaces'] : [])];
    return this.#api.requests.filter(({ resource }) => !byClock.includes(resource)).length;
  }

  /** Lets time pass, in steps short enough for the lease to be renewed and the watches not to be taken for dead. */
  async pass(seconds: number): Promise<void> {
    for (let left = seconds * 1000; left > 0; left -= 1_000) {
      this.clock.advance(Math.min(left, 1_000));
      this.#api.bookmark();
      await new Promise(setImmediate);
      await until('no request is under way', () => this.#underWay === 0);
    }
    await this.rest();
  }

  async stop(): Promise<void> {
    await this.controller.stop();
    await this.#running;
    this.metrics.stop();
    await this.#client.close();
  }

  /** The process dies: nothing that it was about to do happens. */
  async kill(): Promise<void> {
    this.metrics.stop();
    await this.#client.close();
    await this.controller.stop();
    await this.#running;
  }

  /** Every open watch has passed on all that was sent before, because a bookmark that was sent after has arrived. */
  async #hear(): Promise<void> {
    const looks = () => this.#api.seen({ verb: 'get', resource: 'namespaces' }).length;
    const before = looks();
    do {
      if (this.#polls) this.clock.advance(1_000);
      await new Promise(setImmediate);
      await until('no request is under way', () => this.#underWay === 0);
    } while (this.#polls && looks() === before);
    await this.heard();
  }

  /** Waits until all that was sent on its watches has arrived. */
  async heard(): Promise<void> {
    if (!this.#polls) this.clock.advance(1);
    const end = performance.now() + 4_000;
    for (let looks = 1; ; looks += 1) {
      this.#api.bookmark();
      for (let turns = 0; turns < 20; turns += 1) {
        if ((await this.metric('api_silence_seconds')) === 0) return;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      if (performance.now() > end) throw new Error('waited in vain for the bookmarks');
      // A watch that broke comes again when its back-off is over.
      if (looks % 5 === 0) this.clock.advance(500);
    }
  }

  #counted(): Client {
    return {
      watch: (request) => this.#client.watch(request),
      close: () => this.#client.close(),
      request: (request) => {
        this.#underWay += 1;
        return this.#client.request(request).finally(() => {
          this.#underWay -= 1;
        });
      },
    };
  }
}
