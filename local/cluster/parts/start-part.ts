import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { adminCredentials, type Credentials, request } from '../api.ts';
import { fullPath } from '../find-program.ts';
import { isAlive, launch, type ProcessIdentity } from '../processes.ts';
import { LoggedFailure } from '../run.ts';
import { type ClusterSettings, paths } from '../settings.ts';
import { until } from '../until.ts';
import { inOwnRoot } from './own-root.ts';
import type { Part } from './part.ts';

const PATIENCE = 60_000;
const PROXY_VARIABLE = /^(https?|no)_proxy$/i;

export function logOf(part: Pick<Part, 'name'>, logs: string): string {
  return join(logs, `${part.name}.log`);
}

/** What a part is started with beside itself. */
export interface Surroundings {
  readonly settings: ClusterSettings;
  /** The process of the part `own-root`, in a chroot. */
  readonly ownRoot: ProcessIdentity | undefined;
}

/**
 * Starts a part and waits until it can be used.
 *
 * @param started is told of the process as soon as there is one, so that nothing runs that no record names.
 * @throws LoggedFailure if it ends, or is not ready within a minute.
 */
export async function startPart(
  part: Part,
  { settings, ownRoot }: Surroundings,
  started: (process: ProcessIdentity) => void,
): Promise<void> {
  const { program, args } = part.needsOwnRoot && ownRoot ? inOwnRoot(part, ownRoot) : part;
  const log = logOf(part, settings.logs);
  for (const folder of part.folders) mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(part.files)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  mkdirSync(settings.logs, { recursive: true });
  appendFileSync(log, `--- ${new Date().toISOString()} ${program} ${args.join(' ')}\n`);
  const process = await launch({
    program,
    args,
    folder: settings.folder,
    environment: environmentOf(part, settings),
    log,
  });
  started(process);

  const credentials = adminCredentials(paths(settings).keys);
  const ready = await until(async () => !isAlive(process) || (await isReady(part, credentials)), PATIENCE);
  if (!isAlive(process)) throw new LoggedFailure(`${part.name} ended before it was ready`, log);
  if (!ready) throw new LoggedFailure(`${part.name} is not ready after ${PATIENCE / 1000} s`, log);
}

/** Whether a part answers. */
export async function isReady({ ready }: Part, credentials: Credentials): Promise<boolean> {
  if (ready.kind === 'file') return existsSync(ready.path);
  if (ready.kind === 'socket') return takesConnections(ready.path);
  return (await request(ready.url, { credentials, socketPath: ready.socket })).status === 200;
}

function takesConnections(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(path, () => {
      connection.destroy();
      resolve(true);
    });
    connection.on('error', () => resolve(false));
  });
}

/** A part is given nothing of our environment that could steer it, but for the way out to those that need it. */
function environmentOf(part: Part, settings: ClusterSettings): Record<string, string> {
  const environment: Record<string, string> = { PATH: fullPath(), HOME: settings.folder };
  if (!part.goesOut) return environment;
  for (const [name, value] of Object.entries(process.env)) {
    if (PROXY_VARIABLE.test(name) && value) environment[name] = value;
  }
  return environment;
}
