/** Runs a Pulumi program of this repository in a process of its own against an engine in this one: without cluster, Docker or secret. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Engine, startEngine } from './engine.ts';
import { readYaml, stackConfig } from './stack-config.ts';

const root = join(import.meta.dirname, '../..');

export interface Outcome extends Omit<Engine, 'close'> {
  readonly exitCode: number;
  readonly stderr: string;
}

const LIMIT_MS = 60_000;

/**
 * What the program in a folder, this repository's own by default, asks an engine for, with the configuration of a stack as the
 * CLI hands it over: defaults of `Pulumi.yaml`, values of `Pulumi.<stack>.yaml`, and `changes` on top. Of this process's
 * environment it does not see what leads to a cluster or a daemon, unless `more` says so.
 */
export async function runProgram(
  stack: string,
  preview: boolean,
  changes: Readonly<Record<string, string>> = {},
  folder = root,
  more: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const project = readYaml(folder, 'Pulumi.yaml');
  const engine = await startEngine({ preview });
  try {
    const { KUBECONFIG: _, DOCKER_HOST: __, ...environment } = process.env;
    const entry = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run/index.js');
    const flags = {
      monitor: engine.address,
      engine: engine.address,
      project: String(project.name),
      stack,
      pwd: folder,
      parallel: '8',
    };
    const args = [
      entry,
      ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      ...(preview ? ['--dry-run'] : []),
      String(project.main),
    ];
    const { values, encrypted } = stackConfig(folder, stack);
    const config = JSON.stringify({ ...values, ...changes });
    const { exitCode, stderr } = await new Promise<{ exitCode: number; stderr: string }>((resolve) => {
      const child = execFile(
        process.execPath,
        args,
        {
          cwd: folder,
          timeout: LIMIT_MS,
          env: {
            ...environment,
            ...more,
            NODE_OPTIONS: '',
            PULUMI_CONFIG: config,
            PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(encrypted),
          },
        },
        (_error, _stdout, stderr) => resolve({ exitCode: child.exitCode ?? -1, stderr }),
      );
    });
    return { ...engine, exitCode, stderr };
  } finally {
    engine.close();
  }
}
