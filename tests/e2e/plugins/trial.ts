import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPulumi, type Pulumi, type RunOptions } from '../../../local/pulumi/pulumi.ts';
import type { Outcome } from '../../../local/pulumi/session.ts';
import { cluster } from '../harness/cluster.ts';

/** What varies in the program. */
export interface Settings {
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly registry: string;
  readonly baseImage: string;
  readonly secretMutable: boolean;
  readonly dnsNames: readonly string[];
  readonly earlyRenewalHours: number;
  readonly setting: string;
  /** An image to run instead of the built one. */
  readonly image?: string;
  readonly timeoutSeconds: number;
  readonly onlyNamespace: boolean;
}

/** One step of a plan, as `preview --json` has it. */
export interface Step {
  readonly op: string;
  readonly urn: string;
}

const checkout = fileURLToPath(new URL('../../..', import.meta.url));
const STACK = 'trial';

/** The program in a folder of its own, and its stack in a fresh state: gone with `end`. */
export class Trial {
  readonly folder: string;
  readonly #pulumi: Pulumi;
  settings: Settings;

  private constructor(folder: string, pulumi: Pulumi, namespace: string) {
    this.folder = folder;
    this.#pulumi = pulumi;
    this.settings = {
      kubeconfig: cluster.kubeconfig,
      namespace,
      registry: cluster.registry,
      baseImage: cluster.gateBaseImage,
      secretMutable: true,
      dnsNames: ['server.trial.svc'],
      earlyRenewalHours: 0,
      setting: 'one',
      timeoutSeconds: 180,
      onlyNamespace: false,
    };
  }

  get #stateFolder(): string {
    return join(this.folder, 'state', '.pulumi', 'stacks', 'plugins');
  }

  static async start(namespace: string): Promise<Trial> {
    const folder = mkdtempSync(join(tmpdir(), 'orcon-trial-'));
    cpSync(fileURLToPath(new URL('program', import.meta.url)), folder, { recursive: true });
    symlinkSync(join(checkout, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
    const environment = { ...process.env, ...cluster.environment };
    const pulumi = await createPulumi({
      programs: cluster.binaries,
      stateFolder: join(folder, 'state'),
      environment,
      log: () => {},
    });
    const trial = new Trial(folder, pulumi, namespace);
    const made = await trial.run(['stack', 'init', STACK]);
    if (made.code !== 0) throw new Error(made.stderr);
    return trial;
  }

  /** Runs `pulumi` on the stack with the present settings. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const env = { TRIAL: JSON.stringify(this.settings), ...options.env };
    return this.#pulumi.run(args, { cwd: this.folder, ...options, env });
  }

  up(...more: readonly string[]): Promise<Outcome> {
    return this.run(['up', '--yes', '--skip-preview', '--stack', STACK, ...more]);
  }

  /** The steps that a preview plans, without those of unchanged resources, as `op type name`. */
  async plan(...more: readonly string[]): Promise<readonly string[]> {
    const { code, stdout, stderr } = await this.run(['preview', '--json', '--stack', STACK, ...more]);
    if (code !== 0) throw new Error(stderr + stdout);
    const { steps = [] }: { steps?: readonly Step[] } = JSON.parse(stdout);
    return steps.filter(({ op }) => op !== 'same').map(({ op, urn }) => `${op} ${kindAndName(urn)}`);
  }

  destroy(): Promise<Outcome> {
    return this.run(['destroy', '--yes', '--skip-preview', '--stack', STACK]);
  }

  cancel(): Promise<Outcome> {
    return this.#pulumi.cancel(STACK, { cwd: this.folder });
  }

  async output(name: string): Promise<string> {
    return (await this.run(['stack', 'output', name, '--stack', STACK])).stdout.trim();
  }

  /** The stack's state as it lies on the disk. */
  state(): string {
    return readFileSync(join(this.#stateFolder, `${STACK}.json`), 'utf8');
  }

  stateFiles(): readonly string[] {
    return readdirSync(this.#stateFolder);
  }

  /** Does something with other settings; then the former ones count again. */
  async having(settings: Partial<Settings>, work: () => Promise<void>): Promise<void> {
    const former = this.settings;
    this.settings = { ...former, ...settings };
    await work().finally(() => {
      this.settings = former;
    });
  }

  /** Changes a source file of the image. */
  writeContent(content: string): void {
    writeFileSync(join(this.folder, 'image', 'content'), content);
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What an ended run printed; throws with it unless the run succeeded. */
export async function succeed(running: Promise<Outcome>): Promise<string> {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error(stdout + stderr);
  return stdout;
}

/** `Deployment server` of `urn:pulumi:trial::plugins::a$kubernetes:apps/v1:Deployment::server`. */
function kindAndName(urn: string): string {
  const [, , types = '', name = ''] = urn.split('::');
  return `${types.split(':').at(-1)} ${name}`;
}
