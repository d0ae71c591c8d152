import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPulumi, type Pulumi, type RunOptions } from '../../../local/pulumi/pulumi.ts';
import type { Outcome } from '../../../local/pulumi/session.ts';
import { copySources, touchAll } from '../../checkout.ts';
import { cluster } from './cluster.ts';

const STACK = ['--stack', 'dev'];
const UP = ['up', ...STACK, '--yes', '--skip-preview'];

/**
 * The sources of orcon, copied so that a test may change one, and the stack that is deployed from them with the real engine.
 * Copy and state end with the cluster, so that each fresh cluster begins with a fresh state.
 */
export class OrconDeployment {
  /** The folder with the copied sources. */
  readonly folder: string;
  readonly #pulumi: Pulumi;

  private constructor(folder: string, pulumi: Pulumi) {
    this.folder = folder;
    this.#pulumi = pulumi;
  }

  /** Opens the copy that this cluster has; makes it, with a stack that has no resource yet, where there is none. */
  static async open(): Promise<OrconDeployment> {
    const folder = join(cluster.folder, 'e2e', 'orcon');
    const isNew = !existsSync(folder);
    if (isNew) copySources(folder);
    const pulumi = await createPulumi({
      programs: cluster.binaries,
      stateFolder: join(cluster.folder, 'e2e', 'state'),
      environment: { ...process.env, ...cluster.environment },
      log: (line) => console.log(line),
    });
    const orcon = new OrconDeployment(folder, pulumi);
    if (isNew) await orcon.#run('stack', 'init', 'dev');
    return orcon;
  }

  /** The same stack from another checkout: a copy in another folder, with rights and dates of its own. */
  elsewhere(): OrconDeployment {
    const folder = `${this.folder}-elsewhere`;
    // Without what was built there, but with the stack's file: it has come to hold the salt of the state's secrets.
    const written = join(this.folder, 'dist');
    cpSync(this.folder, folder, { recursive: true, filter: (path) => path !== written });
    touchAll(folder);
    return new OrconDeployment(folder, this.#pulumi);
  }

  /** `pulumi preview`; gives what it printed. */
  preview(...options: readonly string[]): Promise<string> {
    return this.#run('preview', ...STACK, ...options);
  }

  /** `pulumi up`; gives what it printed. */
  up(...options: readonly string[]): Promise<string> {
    return this.#run(...UP, ...options);
  }

  /** An `up` or a preview that may fail; gives how it ended. */
  attempt(command: 'up' | 'preview', options: readonly string[] = [], run: RunOptions = {}): Promise<Outcome> {
    const args = command === 'up' ? UP : ['preview', ...STACK];
    return this.#pulumi.run([...args, ...options], { cwd: this.folder, ...run });
  }

  /** Any command of Pulumi's on the stack, as a user would write it after `pulumi`; gives what it printed. */
  pulumi(...args: readonly string[]): Promise<string> {
    return this.#run(...args, ...STACK);
  }

  /** `pulumi cancel`: takes away the lock of a run that was killed. */
  cancel(): Promise<Outcome> {
    return this.#pulumi.cancel('dev', { cwd: this.folder });
  }

  destroy(): Promise<string> {
    return this.#run('destroy', ...STACK, '--yes', '--skip-preview');
  }

  /** Sets a value of the stack's configuration, in the copy. */
  async configure(key: string, value: string): Promise<void> {
    await this.#run('config', 'set', ...STACK, `orcon:${key}`, value);
  }

  /** Sets a list in the stack's configuration, in the copy, where the list was not set. */
  async configureList(key: string, values: readonly string[]): Promise<void> {
    const items = values.map((value, index) => `orcon:${key}[${index}]=${value}`);
    await this.#run('config', 'set-all', ...STACK, '--path', ...items.flatMap((item) => ['--plaintext', item]));
  }

  /** Takes a value out of the stack's configuration, in the copy. */
  async unconfigure(key: string): Promise<void> {
    await this.#run('config', 'rm', ...STACK, `orcon:${key}`);
  }

  /** Changes a source file of the copy. */
  edit(path: string, change: (source: string) => string): void {
    const file = join(this.folder, path);
    writeFileSync(file, change(readFileSync(file, 'utf8')));
  }

  /** The stack's outputs. */
  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.#run('stack', 'output', ...STACK, '--json'));
  }

  /** How many resources the stack has. */
  async resources(): Promise<number> {
    return (await this.#state()).length;
  }

  /** The resources that were made or changed and, as far as the stack's state knows, have not come up since. */
  async unready(): Promise<readonly string[]> {
    const unready = (await this.#state()).filter(({ initErrors }) => initErrors !== undefined);
    return unready.map(({ urn }) => urn.split('::').at(-1) ?? '');
  }

  async #state(): Promise<readonly { readonly urn: string; readonly initErrors?: readonly string[] }[]> {
    const { deployment } = JSON.parse(await this.#run('stack', 'export', ...STACK));
    return deployment.resources ?? [];
  }

  async #run(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#pulumi.run(args, { cwd: this.folder });
    if (code !== 0) throw new Error(`pulumi ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
    return stdout;
  }
}

/** The kinds of change that a run of Pulumi summed up, as `{ create: 30 }`. */
export function changesIn(printed: string): Readonly<Record<string, number>> {
  const [, lines = ''] = /^Resources:\n((?:.*\S.*\n?)*)/m.exec(printed) ?? [];
  const changes = [...lines.matchAll(/^\s*(?:[-+~]+ ?)?(\d+) (?:to )?(\w+)/gm)].map(([, count, change]) => [
    change ?? '',
    Number(count),
  ]);
  return Object.fromEntries(changes);
}
