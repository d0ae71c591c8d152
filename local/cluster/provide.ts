import { ask } from './ask.ts';
import type { Cgroup } from './cgroups.ts';
import { build, titleOf } from './go-builds.ts';
import { cannot, inspectMachine, lacks, mayLowerOomScore } from './machine.ts';
import { install, unpack } from './packages.ts';
import type { Places } from './places.ts';
import { isComplete, missingPrograms, type Programs } from './programs.ts';
import { type Log, Progress } from './progress.ts';
import { type Survey, survey } from './survey.ts';

/** What a cluster is made of on this machine. */
export interface Provision {
  readonly programs: Programs;
  readonly cgroup: Cgroup;
  readonly address: string;
  readonly lowersOomScore: boolean;
  readonly isChroot: boolean;
}

/**
 * Gets every program that the cluster needs: what is here in a fitting version is used, Debian packages are installed,
 * the rest is built from Go modules into the cache.
 *
 * @throws Error with one message that names all that the machine lacks, before anything is changed on it.
 */
export async function provide(places: Places, log: Log): Promise<Provision> {
  const before = await survey(places);
  const { cgroup, address, ...machine } = inspectMachine(before);
  const missing = lacks(
    { cgroup, address, ...machine },
    { builds: before.builds.map(({ program }) => titleOf(program)), packages: [...before.packages, ...before.unpacked] },
  );
  if (missing.length > 0 || typeof cgroup === 'string' || address === undefined) throw new Error(cannot(missing));

  const programs = await getAll(before, places, log);
  if (!isComplete(programs))
    throw new Error(`after the installation there is still no fitting version of ${missingPrograms(programs)}`);
  return { programs, cgroup, address, lowersOomScore: mayLowerOomScore(), isChroot: await isChroot(programs) };
}

/** Whether our root is not that of our mount namespace. */
async function isChroot(programs: Programs): Promise<boolean> {
  const root = await ask(programs['own-root'], ['where']);
  if (root === undefined) throw new Error(`${programs['own-root']} where failed: run it to see why; it needs /proc`);
  return root.trim() !== '/';
}

/** Gets what is missing, and after it what only then shows: Debian 13 has Docker's client in a package of its own. */
async function getAll(before: Survey, places: Places, log: Log): Promise<Partial<Programs>> {
  if (!(await get(before, places, log))) return before.found;
  const after = await survey(places);
  const isNew = after.packages.some((name) => !before.packages.includes(name));
  return isNew && (await get(after, places, log)) ? (await survey(places)).found : after.found;
}

/** Gets what is missing, step by step; returns whether there was anything. */
async function get({ packages, unpacked, builds, go }: Survey, { cache }: Places, log: Log): Promise<boolean> {
  const steps = (packages.length > 0 ? 1 : 0) + unpacked.length + builds.length;
  const progress = new Progress(steps, log);
  if (packages.length > 0) {
    const title = `installing the Debian packages ${packages.join(', ')} (their services are not started)`;
    await progress.step(title, () => install(packages, cache));
  }
  for (const name of unpacked) {
    await progress.step(`unpacking the Debian package ${name} into ${cache}`, () => unpack(name, cache));
  }
  for (const one of builds) {
    await progress.step(`building ${titleOf(one.program)} (once; kept in ${cache})`, () => build(one, go, cache));
  }
  return steps > 0;
}
