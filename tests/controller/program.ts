import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../fake-api/until.ts';

/** Writes a kubeconfig for a server without TLS and accounts; gives its path. */
export function kubeconfig(server: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'orcon-controller-')), 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'nobody' } }],
    'current-context': 'fake',
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

/** The controller as a process of its own, on the real clock. */
export class Program {
  readonly #child: ChildProcess;
  #output = '';
  #exit: number | null | undefined;

  constructor(file: string, server: string, environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [file], {
      env: { KUBECONFIG: kubeconfig(server), POD_NAME: 'one', POD_NAMESPACE: 'orcon-system', HEALTH_PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    this.#child.on('exit', (code) => {
      this.#exit = code;
    });
  }

  get output(): string {
    return this.#output;
  }

  /** Where it serves its pages, once it has said so. */
  get healthPort(): number {
    return Number(/"healthPort":(\d+)/.exec(this.#output)?.[1]);
  }

  async says(text: string, withinMs?: number): Promise<void> {
    await this.#until(`it says ${text}`, () => this.#output.includes(text), withinMs);
  }

  /** The exit code; null after a signal. */
  async ended(): Promise<number | null> {
    await this.#until('it ends', () => this.#exit !== undefined);
    return this.#exit ?? null;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    if (this.#exit === undefined) this.#child.kill('SIGKILL');
    await this.ended();
  }

  async #until(what: string, condition: () => boolean, withinMs = 15_000): Promise<void> {
    await until(what, condition, withinMs).catch((error: unknown) => {
      throw new Error(`${error}; it said: ${this.#output}`);
    });
  }
}
