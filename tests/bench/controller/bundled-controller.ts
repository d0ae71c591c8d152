import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeContexts } from '../../../infra/contexts.ts';
import { entryFlags } from '../webhook/entry-flags.ts';

/** Linux counts CPU time in hundredths of a second (proc(5): USER_HZ). */
const TICKS_PER_SECOND = 100;

export interface ControllerOptions {
  readonly kubeconfig: string;
  readonly podName?: string;
}

/** Node's arguments; made once, so that no start waits for it. */
let bundled: Promise<readonly string[]> | undefined;

async function bundle(): Promise<readonly string[]> {
  const { controller } = await writeContexts();
  return [...entryFlags(controller.dockerfile), join(controller.folder, 'app', 'controller.cjs')];
}

/** The controller as its image has it: one bundled file, Node with the image's options, log lines as JSON to a pipe that is read. */
export class BundledController {
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  #output = '';

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.#exited = new Promise((resolve) => process.once('exit', () => resolve()));
    process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      // Enough to find what it says at its start; the rest is read and dropped.
      if (this.#output.length < 20_000) this.#output += text;
    });
  }

  static async start({ kubeconfig, podName = 'bench' }: ControllerOptions): Promise<BundledController> {
    bundled ??= bundle();
    const args = await bundled;
    const env = {
      KUBECONFIG: kubeconfig,
      POD_NAME: podName,
      POD_NAMESPACE: 'orcon-system',
      HEALTH_PORT: '0',
      LOG_FORMAT: 'json',
    };
    return new BundledController(spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] }));
  }

  get output(): string {
    return this.#output;
  }

  async says(text: string): Promise<void> {
    while (!this.#output.includes(text)) {
      if (this.#process.exitCode !== null) throw new Error(`the controller ended; it said ${this.#output}`);
      await pause(2);
    }
  }

  /** A gauge or counter of its metrics, without labels. */
  async metric(name: string): Promise<number> {
    const port = /"healthPort":(\d+)/.exec(this.#output)?.[1];
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: 'close' } })).text();
    return Number(new RegExp(`^orcon_controller_${name} (.*)$`, 'm').exec(text)?.[1]);
  }

  /** Waits until no workload waits for a worker, twice in a row. */
  async idle(): Promise<void> {
    for (let calm = 0; calm < 3; await pause(100)) calm = (await this.metric('queue_depth')) === 0 ? calm + 1 : 0;
  }

  /** User and system time so far, seconds. */
  get cpuSeconds(): number {
    const fields = this.#proc('stat')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }
  get residentMegabytes(): number {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(this.#proc('status'))?.[1]) / 1024;
  }
  /** The most that was ever resident. */
  get peakMegabytes(): number {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(this.#proc('status'))?.[1]) / 1024;
  }
  get openHandles(): number {
    return readdirSync(`/proc/${this.#process.pid}/fd`).length;
  }

  /** Ends it in good order. */
  async stop(): Promise<void> {
    this.#process.kill('SIGTERM');
    await this.#exited;
  }

  #proc(file: string): string {
    return readFileSync(`/proc/${this.#process.pid}/${file}`, 'utf8');
  }
}
