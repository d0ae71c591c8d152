/** The real Pulumi CLI and engine, with a local state and provider plugins that work on a closed network. */
import { mkdir } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { places } from '../cluster/places.ts';
import { prepareHome } from './home.ts';
import { besideEachOther, type PulumiPrograms } from './programs.ts';
import { type Outcome, runSession, type SessionOptions } from './session.ts';

export interface PulumiOptions {
  /** The CLI and the language host that belongs to it, as absolute paths. */
  readonly programs: PulumiPrograms;
  /** Stacks and their history are kept here, in files; it is made if it is missing. */
  readonly stateFolder: string;
  /** What the program and the providers are to see, as KUBECONFIG and DOCKER_HOST; process.env by default. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Told in one line, once, which provider plugins serve. */
  readonly log: (line: string) => void;
}

export type RunOptions = Partial<Pick<SessionOptions, 'cwd' | 'env' | 'onLine' | 'signal'>>;

export interface Pulumi {
  /** The environment that every run gets: with it a `pulumi` started by hand does the same. */
  readonly environment: NodeJS.ProcessEnv;
  /** What of it is Pulumi's, beside PATH. */
  readonly variables: Readonly<Record<string, string>>;
  /** With what its PATH begins: Node, the CLI. */
  readonly folders: readonly string[];
  /**
   * Runs `pulumi` with these arguments in `cwd` (this checkout by default), without questions and colours. Never throws
   * for what Pulumi reports: look at the code.
   */
  run(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Takes away the lock that a killed run has left on a stack. Only for when nothing runs on it any more. */
  cancel(stack: string, options?: RunOptions): Promise<Outcome>;
}

/** Only protects a throw-away state on this machine; not a secret. */
export const LOCAL_PASSPHRASE = 'orcon-embedded';

/**
 * A state file is replaced as a whole; the file of attributes that would lie beside it is not (gocloud.dev/blob/fileblob), and a
 * Pulumi that is killed while it writes that one can never read its state again: `failed to load checkpoint: EOF`.
 */
const WITHOUT_ATTRIBUTES = 'metadata=skip';

/** Prepares Pulumi for runs against a local state. Takes up to 20 s where a download of the plugins has to be tried. */
export async function createPulumi({ programs, stateFolder, environment = process.env, log }: PulumiOptions): Promise<Pulumi> {
  const { checkout, cache } = places();
  const own = join(cache, 'pulumi');
  const home = await prepareHome({ pulumi: programs.pulumi, cache: own, environment, checkout });
  log(home.summary);
  await mkdir(stateFolder, { recursive: true });
  const pulumi = await besideEachOther(programs, join(home.folder, 'bin'));
  const folders = [dirname(process.execPath), dirname(pulumi)];
  const variables = {
    PULUMI_HOME: home.folder,
    PULUMI_BACKEND_URL: `${pathToFileURL(resolve(stateFolder)).href}?${WITHOUT_ATTRIBUTES}`,
    PULUMI_CONFIG_PASSPHRASE: environment.PULUMI_CONFIG_PASSPHRASE ?? LOCAL_PASSPHRASE,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
  };
  const env: NodeJS.ProcessEnv = { ...environment, PATH: [...folders, environment.PATH ?? ''].join(delimiter), ...variables };
  const run = (args: readonly string[], options: RunOptions = {}) =>
    runSession(pulumi, [...args, '--non-interactive', '--color', 'never'], {
      cwd: checkout,
      ...options,
      env: { ...env, ...options.env },
    });
  return { environment: env, variables, folders, run, cancel: (stack, options) => run(['cancel', '--yes', stack], options) };
}
