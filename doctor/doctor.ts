import { KubeConfig } from '@kubernetes/client-node';
import { type Outcome, runProgram } from '../local/offline/program.ts';
import { UnusableFile } from '../local/offline/stack-config.ts';
import { apiOf } from './api.ts';
import { checkCluster } from './cluster.ts';
import { checkConfiguration } from './configuration.ts';
import { causeOf, type Finding, ok, skipped, wrong } from './finding.ts';
import { checkGiven } from './given.ts';
import { checkDocker, checkRegistries } from './images.ts';
import { checkKinds } from './kinds.ts';
import { checkRights } from './rights.ts';
import { checkTaken } from './taken.ts';
import { type Wanted, wantedOf } from './wanted.ts';
import { checkWayOut } from './way-out.ts';

export interface DoctorOptions {
  readonly stack: string;
  /** Whether whoever runs it is to deploy, or to preview alone, as in a pull request. */
  readonly purpose: 'up' | 'preview';
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Everything that a look beforehand can find in the way of an `up` of the stack. What the stack needs it takes from the
 * program itself, run without a cluster: no list that anybody has to keep.
 */
export async function* examine({ stack, purpose, environment }: DoctorOptions): AsyncGenerator<Finding> {
  const outcome = await runProgram(stack, true).catch((failure: unknown) => {
    if (failure instanceof UnusableFile) return failure;
    throw failure;
  });
  if (outcome instanceof UnusableFile) return yield wrong('configuration', outcome.message);
  yield* checkConfiguration(stack, outcome);
  if (outcome.exitCode !== 0) return;
  const wanted = wantedOf(outcome.asked);

  yield await checkDocker(wanted, environment);
  if (purpose === 'up') yield* await checkRegistries(wanted);
  yield* examineCluster(wanted, purpose, contextOf(outcome));
}

async function* examineCluster(wanted: Wanted, purpose: 'up' | 'preview', place: Place): AsyncGenerator<Finding> {
  const access = new KubeConfig();
  try {
    const [finding, usable] = checkContext(access, place);
    yield finding;
    if (!usable) return;
    const api = apiOf(access);
    yield* await checkCluster(api);
    const kinds = await checkKinds(api, wanted);
    yield* kinds.findings;
    yield* await checkRights(api, kinds, wanted, purpose);
    if (purpose !== 'up') return;
    yield* await checkTaken(api, kinds, wanted);
    yield* await checkGiven(api, wanted);
    yield await checkWayOut(api, wanted);
  } catch (failure) {
    const server = access.getCurrentCluster()?.server ?? 'no server';
    yield wrong('cluster', `${server}: ${causeOf(failure)}: does \`kubectl get nodes\` work with this context?`);
  }
}

/** Which cluster the stack's provider is told to use. */
interface Place {
  readonly context: string | undefined;
  /** A path; undefined for the one that kubectl would use. */
  readonly kubeconfig: string | undefined;
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function contextOf({ asked }: Outcome): Place {
  const provider = asked.find(({ type }) => type === 'pulumi:providers:kubernetes');
  return { context: textOf(provider?.inputs.context), kubeconfig: textOf(provider?.inputs.kubeconfig) };
}

/** Loads the kubeconfig; the guard against another cluster is the configuration's, and was in force when it was read. */
function checkContext(access: KubeConfig, { context, kubeconfig }: Place): readonly [Finding, boolean] {
  if (kubeconfig === undefined) access.loadFromDefault();
  else access.loadFromFile(kubeconfig);
  // What the library makes up where there is no kubeconfig.
  const names = access
    .getContexts()
    .map(({ name }) => name)
    .filter((name) => name !== 'loaded-context');
  const name = context ?? access.getCurrentContext();
  if (!names.includes(name)) {
    const there = `the kubeconfig has ${names.length > 0 ? names.join(', ') : 'none'}`;
    return [wrong('context', `there is no context "${name}" (${there}): mend kubernetes:context, or set KUBECONFIG`), false];
  }
  access.setCurrentContext(name);
  const where = `${name}, ${access.getCurrentCluster()?.server}`;
  return [
    context === undefined
      ? skipped('context', `${where}: the current one, as kubernetes:context is not set`)
      : ok('context', where),
    true,
  ];
}
