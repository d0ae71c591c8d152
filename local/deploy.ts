import { join } from 'node:path';
import type { EmbeddedCluster } from './cluster/index.ts';
import { duration, type Log } from './cluster/progress.ts';
import { createPulumi, LOCAL_PASSPHRASE, type Pulumi } from './pulumi/pulumi.ts';

/** The stack of the embedded cluster, `Pulumi.dev.yaml`. */
export const STACK = 'dev';

type ForPulumi = Pick<EmbeddedCluster, 'binaries' | 'environment' | 'folder'>;

/** Pulumi on the embedded cluster, its state kept with the cluster: where the cluster ends, so does it. */
export const pulumiOn = (cluster: ForPulumi, log: Log): Promise<Pulumi> =>
  createPulumi({
    programs: cluster.binaries,
    stateFolder: join(cluster.folder, 'pulumi'),
    // `Pulumi.dev.yaml` has the salt of this passphrase; the user's own is for other stacks.
    environment: { ...process.env, ...cluster.environment, PULUMI_CONFIG_PASSPHRASE: LOCAL_PASSPHRASE },
    log,
  });

/** The same with the embedded cluster's stack, which is made where there is none yet. */
export async function openStack(cluster: ForPulumi, log: Log): Promise<Pulumi> {
  const pulumi = await pulumiOn(cluster, log);
  await must(pulumi, ['stack', 'select', STACK, '--create']);
  return pulumi;
}

/** Deploys orcon as the checkout has it, also over what was changed in the cluster by hand, and tells what became of the resources. */
export async function deploy(pulumi: Pulumi, log: Log, options: readonly string[] = []): Promise<void> {
  const start = Date.now();
  log('pulumi up …');
  const printed = await must(pulumi, ['up', '--stack', STACK, '--yes', '--skip-preview', '--refresh', ...options], (line) => {
    const slow = slowStep(line);
    if (slow !== undefined) log(slow);
  });
  const resources = /^Resources:\n((?: {4}.*\n)+)/m.exec(printed)?.[1] ?? '';
  const counts = resources
    .trim()
    .split('\n')
    .map((line) => line.trim().replace(/^[+~-]+ /, ''));
  log(`pulumi up: resources ${counts.join(', ')}, in ${duration(Date.now() - start)}`);
}

/** What Pulumi's line says if it tells of a resource that took a second or more: `webhook (docker Image) created in 4 s`. */
function slowStep(line: string): string | undefined {
  const { type, name, what, seconds } = SLOW_STEP.exec(line)?.groups ?? {};
  return type === undefined ? undefined : `  ${name} (${type}) ${what} in ${seconds} s`;
}
const SLOW_STEP =
  /^ *[+~-]+ +\S+:(?<type>(?!Stack)\w+) (?<name>\S+) (?<what>created|updated|replaced|deleted) \((?<seconds>[1-9]\d*)s\)/;

/** One output of the stack, as text. */
export const outputOf = async (pulumi: Pulumi, name: string): Promise<string> =>
  (await must(pulumi, ['stack', 'output', name, '--stack', STACK])).trim();

const LAST_LINES = 30;

/**
 * Runs Pulumi; gives what it printed, or throws with the end of it. A signal that would end this process interrupts Pulumi
 * first, which then saves its state and leaves no lock.
 */
async function must(pulumi: Pulumi, args: readonly string[], onLine?: (line: string) => void): Promise<string> {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const { code, stdout, stderr } = await pulumi.run(args, { signal: stopping.signal, ...(onLine && { onLine }) }).finally(() => {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  });
  if (code === 0) return stdout;
  const what = [
    'pulumi',
    ...args.slice(
      0,
      args.findIndex((arg) => arg.startsWith('-')),
    ),
  ].join(' ');
  if (stopping.signal.aborted) throw new Error(`${what} was interrupted`);
  const said = `${stdout}${stderr}`.trimEnd().split('\n').slice(-LAST_LINES);
  throw new Error(`${what} ended with ${code}; its last lines:\n${said.join('\n')}`);
}
