/** The Pulumi CLI and its language host, as the CLI wants them. */
import { copyFile, link, mkdir, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface PulumiPrograms {
  /** Absolute paths. */
  readonly pulumi: string;
  readonly 'pulumi-language-nodejs': string;
}

/**
 * The path of a CLI that has the language host beside it, where it looks first; from anywhere else the CLI takes it with
 * a warning at each run. Where the two lie apart they are linked together into the folder.
 */
export async function besideEachOther(programs: PulumiPrograms, folder: string): Promise<string> {
  const pulumi = await realpath(programs.pulumi);
  const host = await realpath(programs['pulumi-language-nodejs']);
  if (dirname(pulumi) === dirname(host)) return pulumi;
  await mkdir(folder, { recursive: true });
  await put(host, join(folder, basename(host)));
  await put(pulumi, join(folder, basename(pulumi)));
  return join(folder, basename(pulumi));
}

/** Not a symbolic link: the CLI follows that to where it lies alone. */
async function put(program: string, path: string): Promise<void> {
  if (await isSame(program, path)) return;
  await rm(path, { force: true });
  await link(program, path).catch(() => copyFile(program, path)); // on another file system, or not ours to link
}

async function isSame(program: string, path: string): Promise<boolean> {
  const [one, other] = await Promise.all([stat(program), stat(path).catch(() => undefined)]);
  return other !== undefined && other.size === one.size && (other.ino === one.ino || other.mtimeMs >= one.mtimeMs);
}
