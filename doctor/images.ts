/** Checks of what images are built with and pushed to. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { apiHost, registryHost } from '../infra/registry.ts';
import { Daemon } from '../local/plugins/docker/daemon.ts';
import { causeOf, type Finding, ok, skipped, wrong } from './finding.ts';
import { distinct, type Wanted } from './wanted.ts';

const NOT_BUILT = 'not needed, the images are given';

/** Whether a Docker daemon answers, which Pulumi asks for at every preview too. */
export async function checkDocker({ images }: Wanted, environment: NodeJS.ProcessEnv): Promise<Finding> {
  if (images.length === 0) return skipped('docker', NOT_BUILT);
  const host = environment.DOCKER_HOST ?? socket();
  if (host.startsWith('ssh:') || environment.DOCKER_TLS_VERIFY) return skipped('docker', `${host}: try \`docker version\``);
  return new Daemon(host).ping().then(
    () => ok('docker', `${host} answers`),
    (failure) => wrong('docker', `${causeOf(failure)}, or give the images (orcon:buildImages: false)`),
  );
}

/** Where Docker listens when nothing is said: the system's, else that of Docker Desktop. */
function socket(): string {
  const own = join(homedir(), '.docker/run/docker.sock');
  return `unix://${!existsSync('/var/run/docker.sock') && existsSync(own) ? own : '/var/run/docker.sock'}`;
}

/** Whether the registries answer that the images are pushed to; logging in is Docker's. */
export function checkRegistries(wanted: Wanted): Promise<readonly Finding[]> {
  const hosts = registriesOf(wanted);
  if (hosts.length === 0) return Promise.resolve([skipped('registry', NOT_BUILT)]);
  return Promise.all(hosts.map(ofRegistry));
}

/** Hosts of their APIs. */
export const registriesOf = ({ images }: Pick<Wanted, 'images'>): readonly string[] =>
  distinct(images.map(({ name }) => apiHost(registryHost(name))));

async function ofRegistry(host: string): Promise<Finding> {
  const secure = await ask(`https://${host}/v2/`);
  if (typeof secure === 'number') return isRegistry(secure) ? ok('registry', `${host} answers`) : noRegistry(host, secure);
  if (/certificate/i.test(secure))
    return ok('registry', `${host} answers, by a certificate that this Node does not trust; Docker has to`);
  const plain = await ask(`http://${host}/v2/`);
  if (typeof plain !== 'number')
    return wrong('registry', `${host} cannot be reached (${secure}): mend orcon:registry, or the way to it`);
  if (!isRegistry(plain)) return noRegistry(host, plain);
  const local = /^(127\.|localhost(:|$))/.test(host);
  return ok(
    'registry',
    local ? `${host} answers` : `${host} answers without TLS; Docker and the nodes have to know it as insecure`,
  );
}

/** A registry says 401 to who has not logged in. */
const isRegistry = (status: number) => status === 200 || status === 401;
const noRegistry = (host: string, status: number) =>
  wrong('registry', `${host} answers ${status} to /v2/, as no registry does: mend orcon:registry`);

const TIMEOUT_MS = 10_000;

/** The status of the answer, or why there is none. */
const ask = (url: string): Promise<number | string> =>
  fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'manual' }).then(
    async (response) => {
      await response.body?.cancel();
      return response.status;
    },
    (failure: unknown) => causeOf(failure),
  );
