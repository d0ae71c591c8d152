import { ask } from './ask.ts';
import { find } from './find-program.ts';
import { build, GO_PROGRAMS, type GoBuild, lookUp } from './go-builds.ts';
import { type Cgroup, cannot, inspectMachine, lacks, mayLowerOomScore } from './machine.ts';
import { install, unpack } from './packages.ts';
import type { Places } from './places.ts';
import { findStaticBusybox, findSystemPrograms, findUserPrograms, missingPackages, type Programs } from './programs.ts';
import { type Log, Progress } from './progress.ts';

/** What a cluster is made of on this machine. */
export interface Provision {
  readonly programs: Programs;
  readonly cgroup: Cgroup;
  readonly address: string;
  readonly lowersOomScore: boolean;
}

/**
 * Gets every program that the cluster needs: what is here in a fitting version is used, Debian packages are installed,
 * the rest is built from Go modules into the cache.
 *
 * @throws Error with one message that names all that the machine lacks, before anything is changed on it.
 */
export async function provide(places: Places, log: Log): Promise<Provision> {
  const go = find('go');
  const goVersion = ((go && (await ask(go, ['env', 'GOVERSION']))) ?? '').trim();
  const user = await findUserPrograms();
  const found = await findSystemPrograms();
  const busybox = await findStaticBusybox(places.cache);
  const packages = missingPackages(found);
  const lookedUp = (name: keyof typeof GO_PROGRAMS) => lookUp(GO_PROGRAMS[name], places.checkout, places.cache, goVersion);
  const builds = {
    pause: lookedUp('pause'),
    etcd: lookedUp('etcd'),
    coredns: lookedUp('coredns'),
    kube: lookedUp('kube'),
    ...(user.pulumi ? {} : { 'pulumi-language-nodejs': lookedUp('pulumi-language-nodejs'), pulumi: lookedUp('pulumi') }),
  };
  const toBuild = Object.values(builds).filter(({ isBuilt }) => !isBuilt);

  const machine = inspectMachine(goVersion);
  const missing = lacks(machine, {
    builds: toBuild.map(({ program }) => program.title),
    packages: busybox ? packages : [...packages, 'busybox-static'],
  });
  const { cgroup, address } = machine;
  if (missing.length > 0 || typeof cgroup === 'string' || address === undefined) throw new Error(cannot(missing));

  await get(packages, busybox === undefined, toBuild, go, places, log);

  const system = packages.length === 0 ? found : await findSystemPrograms();
  const staticBusybox = await findStaticBusybox(places.cache);
  const { containerd, ctr, dockerd, docker, registry, nft, cni } = system;
  if (!containerd || !ctr || !dockerd || !docker || !registry || !nft || !cni || !staticBusybox) {
    const absent = [...missingPackages(system), ...(staticBusybox ? [] : ['busybox-static'])];
    throw new Error(`after the installation there is still no program in a fitting version from: ${absent.join(', ')}`);
  }
  const pulumi = user.pulumi ?? builds.pulumi?.path;
  const host = user['pulumi-language-nodejs'] ?? builds['pulumi-language-nodejs']?.path;
  if (!pulumi || !host)
    throw new Error('neither an installed nor a built Pulumi CLI: the version that is on PATH changed meanwhile');
  return {
    programs: {
      etcd: builds.etcd.path,
      kube: builds.kube.path,
      coredns: builds.coredns.path,
      pause: builds.pause.path,
      busybox: staticBusybox,
      containerd,
      ctr,
      dockerd,
      docker,
      registry,
      nft,
      cni,
      kubectl: user.kubectl ?? builds.kube.path,
      pulumi,
      'pulumi-language-nodejs': host,
    },
    cgroup,
    address,
    lowersOomScore: mayLowerOomScore(),
  };
}

async function get(
  packages: readonly string[],
  needsBusybox: boolean,
  builds: readonly GoBuild[],
  go: string | undefined,
  { cache }: Places,
  log: Log,
): Promise<void> {
  const progress = new Progress((packages.length > 0 ? 1 : 0) + (needsBusybox ? 1 : 0) + builds.length, log);
  if (packages.length > 0) {
    await progress.step(`installing the Debian packages ${packages.join(', ')} (their services are not started)`, () =>
      install(packages, cache),
    );
  }
  if (needsBusybox)
    await progress.step('unpacking the Debian package busybox-static into the cache', () => unpack('busybox-static', cache));
  for (const one of builds) {
    await progress.step(`building ${one.program.title} (once; kept in ${cache})`, () => build(one, go ?? 'go', cache));
  }
}
