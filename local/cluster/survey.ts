import { ask } from './ask.ts';
import { find } from './find-program.ts';
import { GO_PROGRAMS, type GoBuild, type GoProgramName, lookUp } from './go-builds.ts';
import type { Places } from './places.ts';
import { findStaticBusybox, findSystemPrograms, findUserPrograms, missingPackages, type Programs } from './programs.ts';

/** Which of the programs that a cluster needs are on the machine, and how the others are to be got. */
export interface Survey {
  /** Go's program, its version (`go1.26.8`) and whether it may fetch another; '' where there is none. */
  readonly go: string;
  readonly goVersion: string;
  readonly goToolchain: string;
  /** What is here in a fitting version. */
  readonly found: Partial<Programs>;
  readonly packages: readonly string[];
  /** Packages whose files are taken into the cache without being installed. */
  readonly unpacked: readonly string[];
  readonly builds: readonly GoBuild[];
}

/** Looks at what is here; changes nothing. */
export async function survey(places: Places): Promise<Survey> {
  const go = find('go') ?? '';
  const told = go === '' ? undefined : await ask(go, ['env', 'GOVERSION', 'GOTOOLCHAIN']);
  const [goVersion = '', goToolchain = ''] = (told ?? '').split('\n').map((line) => line.trim());
  const [user, system, busybox] = await Promise.all([findUserPrograms(), findSystemPrograms(), findStaticBusybox(places.cache)]);
  const all = { ...user, ...system, busybox };
  const wanted = [...ALWAYS_BUILT, ...(all.pulumi ? [] : PULUMI)];
  const lookedUp = wanted.map((name) => ({ name, build: lookUp(GO_PROGRAMS[name], places.checkout, places.cache, goVersion) }));
  const built = Object.fromEntries(lookedUp.filter(({ build }) => build.isBuilt).map(({ name, build }) => [name, build.path]));
  return {
    go,
    goVersion,
    goToolchain,
    found: { ...all, ...built, kubectl: all.kubectl ?? built.kube },
    packages: missingPackages(system),
    unpacked: busybox ? [] : ['busybox-static'],
    builds: lookedUp.map(({ build }) => build).filter(({ isBuilt }) => !isBuilt),
  };
}

const ALWAYS_BUILT: readonly GoProgramName[] = ['pause', 'own-root', 'etcd', 'coredns', 'kube'];
const PULUMI: readonly GoProgramName[] = ['pulumi-language-nodejs', 'pulumi'];
