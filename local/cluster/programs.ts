import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ask } from './ask.ts';
import { find, findAll, fullPath, isProgram } from './find-program.ts';
import { fitsContainerd, fitsDocker, fitsKubectl, fitsPulumi, readVersion, type Version } from './versions.ts';

/** Absolute paths of everything that the cluster and its users run. */
export const programsSchema = z.object({
  etcd: z.string(),
  kube: z.string(),
  coredns: z.string(),
  pause: z.string(),
  'own-root': z.string(),
  busybox: z.string(),
  containerd: z.string(),
  ctr: z.string(),
  runc: z.string(),
  dockerd: z.string(),
  docker: z.string(),
  registry: z.string(),
  nft: z.string(),
  /** The folder of the CNI plugins. */
  cni: z.string(),
  kubectl: z.string(),
  pulumi: z.string(),
  'pulumi-language-nodejs': z.string(),
});

export type Programs = Readonly<z.infer<typeof programsSchema>>;

export function isComplete(programs: Partial<Programs>): programs is Programs {
  return programsSchema.safeParse(programs).success;
}

/** The programs that are not there, in words. */
export function missingPrograms(programs: Partial<Programs>): string {
  const names: readonly string[] = programsSchema.keyof().options;
  const found = new Set(Object.entries(programs).flatMap(([name, path]) => (path ? [name] : [])));
  return names.filter((name) => !found.has(name)).join(', ');
}

const CNI_FOLDERS = ['/usr/lib/cni', '/opt/cni/bin'];
const CNI_PLUGINS = ['ptp', 'host-local', 'loopback'];

/** Programs of Debian packages that are here in a fitting version; what is absent has to be installed. */
export type SystemPrograms = Partial<
  Pick<Programs, 'containerd' | 'ctr' | 'runc' | 'dockerd' | 'docker' | 'registry' | 'nft' | 'cni'>
>;

/** The Debian packages that bring what is missing, in the order in which they are told. */
export function missingPackages(found: SystemPrograms): string[] {
  const packages: string[] = [];
  if (!found.containerd || !found.ctr) packages.push('containerd');
  if (!found.runc) packages.push('runc');
  if (!found.dockerd) packages.push('docker.io');
  if (found.dockerd && !found.docker) packages.push('docker-cli'); // a package of its own from Debian 13 on
  if (!found.registry) packages.push('docker-registry');
  if (!found.cni) packages.push('containernetworking-plugins');
  if (!found.nft) packages.push('nftables');
  return packages;
}

/** Looks for the programs that Debian packages bring, each in a version that fits. */
export async function findSystemPrograms(): Promise<SystemPrograms> {
  const dockerd = find('dockerd');
  return {
    ...(await findContainerd()),
    runc: find('runc'),
    dockerd,
    docker: dockerd && (await findDocker(dockerd)),
    registry: find('docker-registry'),
    nft: find('nft'),
    cni: CNI_FOLDERS.find((folder) => CNI_PLUGINS.every((plugin) => isProgram(join(folder, plugin)))),
  };
}

async function findContainerd(): Promise<Pick<SystemPrograms, 'containerd' | 'ctr'>> {
  const containerd = await firstThatFits(findAll('containerd'), ['--version'], fitsContainerd);
  const ctr = containerd && join(dirname(containerd), 'ctr');
  return { containerd, ctr: ctr && isProgram(ctr) ? ctr : undefined };
}

/** The client that fits the engine, which is not always the first on PATH: `/usr/local/bin/docker` may be years newer. */
async function findDocker(dockerd: string): Promise<string | undefined> {
  const engine = readVersion(await ask(dockerd, ['--version']));
  return engine && firstThatFits(findAll('docker'), ['--version'], (client) => fitsDocker(client, engine));
}

/** kubectl and Pulumi of the user's own where their versions fit; what is absent is built. */
export async function findUserPrograms(): Promise<Partial<Pick<Programs, 'kubectl' | 'pulumi' | 'pulumi-language-nodejs'>>> {
  const kubectl = await firstThatFits(findAll('kubectl'), ['version', '--client'], fitsKubectl);
  const pulumi = await firstThatFits(findAll('pulumi'), ['version'], fitsPulumi, {
    ...process.env,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
  });
  // A CLI is of use only with its language host, which every installation of Pulumi has beside it.
  const host = pulumi && find('pulumi-language-nodejs', fullPath(`${dirname(pulumi)}:${process.env.PATH}`));
  return { kubectl, ...(host ? { pulumi, 'pulumi-language-nodejs': host } : {}) };
}

async function firstThatFits(
  candidates: readonly string[],
  args: readonly string[],
  fits: (version: Version) => boolean,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  for (const candidate of candidates) {
    const version = readVersion(await ask(candidate, args, environment));
    if (version && fits(version)) return candidate;
  }
  return undefined;
}

/** A statically linked busybox of the machine's own, or undefined. */
export async function findStaticBusybox(cache: string): Promise<string | undefined> {
  // Debian 13 has its programs below /usr.
  const unpacked = ['bin', 'usr/bin'].map((folder) => join(cache, 'packages', 'busybox-static', folder, 'busybox'));
  for (const candidate of [...unpacked, ...findAll('busybox')]) {
    if (!existsSync(candidate)) continue;
    // ldd ends with an error on a program that needs no libraries.
    if ((await ask('ldd', [candidate])) === undefined) return candidate;
  }
  return undefined;
}
