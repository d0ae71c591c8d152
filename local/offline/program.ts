/** Runs a Pulumi program of this repository in a process of its own against an engine in this one: without cluster, Docker or secret. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Engine, startEngine } from './engine.ts';

const root = join(import.meta.dirname, '../..');

export interface Outcome extends Omit<Engine, 'close'> {
  readonly exitCode: number;
  readonly stderr: string;
}

/** The stacks that this repository has a file of. */
export const stacks: readonly string[] = readdirSync(root)
  .map((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1])
  .filter((stack) => stack !== undefined);

const LIMIT_MS = 60_000;

/**
 * What the program in a folder, this repository's own by default, asks an engine for, with the configuration of a stack as the
 * CLI hands it over: defaults of `Pulumi.yaml`, values of `Pulumi.<stack>.yaml`, and `changes` on top.
 */
export async function runProgram(
  stack: string,
  preview: boolean,
  changes: Readonly<Record<string, string>> = {},
  folder = root,
): Promise<Outcome> {
  const project = parse(readFileSync(join(folder, 'Pulumi.yaml'), 'utf8'));
  const engine = await startEngine({ preview });
  try {
    const { KUBECONFIG: _, DOCKER_HOST: __, ...environment } = process.env;
    const entry = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run/index.js');
    const flags = { monitor: engine.address, engine: engine.address, project: project.name, stack, pwd: folder, parallel: '8' };
    const args = [
      entry,
      ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      ...(preview ? ['--dry-run'] : []),
      project.main,
    ];
    const config = { ...configOf(folder, stack), ...changes };
    const secrets = JSON.stringify(encryptedKeysOf(folder, stack));
    const { exitCode, stderr } = await new Promise<{ exitCode: number; stderr: string }>((resolve) => {
      const child = execFile(
        process.execPath,
        args,
        {
          cwd: folder,
          timeout: LIMIT_MS,
          env: { ...environment, NODE_OPTIONS: '', PULUMI_CONFIG: JSON.stringify(config), PULUMI_CONFIG_SECRET_KEYS: secrets },
        },
        (_error, _stdout, stderr) => resolve({ exitCode: child.exitCode ?? -1, stderr }),
      );
    });
    return { ...engine, exitCode, stderr };
  } finally {
    engine.close();
  }
}

const read = (folder: string, file: string) => parse(readFileSync(join(folder, file), 'utf8'))?.config ?? {};

function configOf(folder: string, stack: string): Record<string, string> {
  const defaults = Object.entries<{ default?: unknown; value?: unknown }>(read(folder, 'Pulumi.yaml'))
    .map(([key, about]) => [key, about.default ?? about.value])
    .filter(([, value]) => value !== undefined);
  const values = Object.fromEntries([...defaults, ...Object.entries(read(folder, `Pulumi.${stack}.yaml`))]);
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key.replace(':', ':config:'), asText(value)]));
}

/** The text that the CLI would hand over; a secret stays what it is in the file, encrypted, and will do for any text. */
const asText = (value: unknown): string => (typeof value === 'string' ? value : (encryptedText(value) ?? JSON.stringify(value)));

function encryptedText(value: unknown): string | undefined {
  const text = typeof value === 'object' && value !== null ? Reflect.get(value, 'secure') : undefined;
  return typeof text === 'string' ? text : undefined;
}

const encryptedKeysOf = (folder: string, stack: string): readonly string[] =>
  Object.entries(read(folder, `Pulumi.${stack}.yaml`))
    .filter(([, value]) => encryptedText(value) !== undefined)
    .map(([key]) => key);
