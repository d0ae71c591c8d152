import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isObject } from '../../../relations/json.ts';

export type Command =
  /** `supplied`: the ConfigMaps of all consumers are there too, so that a controller has nothing to write. */
  | { readonly do: 'populate'; readonly consumers: number; readonly services: number; readonly supplied: boolean }
  /** Consumers of the Service `FAN`, which is not there. */
  | { readonly do: 'fan'; readonly consumers: number }
  /** A consumer and its Service, both new, of this number. */
  | { readonly do: 'relate'; readonly run: number }
  /** Whether that consumer has its permit. */
  | { readonly do: 'isSupplied'; readonly run: number }
  | { readonly do: 'set'; readonly service: number; readonly value: string }
  | { readonly do: 'happen'; readonly events: number; readonly perSecond: number }
  | { readonly do: 'count' };

export interface Counts {
  /** By verb and resource, such as `patch configmaps`. */
  readonly requests: { readonly [what: string]: number };
  /** Connections that were ever opened. */
  readonly connections: number;
}

export type Answer = { readonly counts?: Counts; readonly isSupplied?: boolean };

export const isCommand = (value: unknown): value is Command => isObject(value) && typeof value.do === 'string';

/** A cluster that is an API server and nothing else, in a process of its own. */
export class SimulatedCluster {
  readonly #process: ChildProcess;
  readonly kubeconfig: string;

  private constructor(process: ChildProcess, kubeconfig: string) {
    this.#process = process;
    this.kubeconfig = kubeconfig;
  }

  static async start(): Promise<SimulatedCluster> {
    const process = fork(join(import.meta.dirname, 'simulated-cluster-process.ts'), { execArgv: ['--max-old-space-size=6000'] });
    const { url, authority } = await next(process);
    return new SimulatedCluster(process, kubeconfigOf(String(url), String(authority)));
  }

  async tell(command: Command): Promise<void> {
    await this.#ask(command);
  }

  async counts(): Promise<Counts> {
    const { counts } = await this.#ask({ do: 'count' });
    const { requests, connections } = isObject(counts) ? counts : {};
    const numbers = Object.entries(isObject(requests) ? requests : {}).map(([what, count]) => [what, Number(count)] as const);
    return { requests: Object.fromEntries(numbers), connections: Number(connections) };
  }

  /** Waits until the consumer of that number, which `relate` made, has its permit. */
  async supplied(run: number): Promise<void> {
    while ((await this.#ask({ do: 'isSupplied', run })).isSupplied !== true) await pause(2);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.disconnect();
    await ended;
  }

  async #ask(command: Command): Promise<Readonly<Record<string, unknown>>> {
    this.#process.send(command);
    return next(this.#process);
  }
}

/** The next thing that the process says. */
function next(process: ChildProcess): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('the simulated cluster ended'));
    process.once('exit', ended);
    process.once('message', (said: unknown) => {
      process.off('exit', ended);
      if (!isObject(said)) reject(new Error(`the simulated cluster said ${JSON.stringify(said)}`));
      else if (said.failure !== undefined) reject(new Error(`the simulated cluster: ${said.failure}`));
      else resolve({ ...said });
    });
  });
}

function kubeconfigOf(server: string, authority: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'orcon-bench-')), 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'simulated', cluster: { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') } },
    ],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: 'simulated', context: { cluster: 'simulated', user: 'nobody' } }],
    'current-context': 'simulated',
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}
