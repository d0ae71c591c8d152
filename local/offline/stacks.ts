/** Which stacks this program has. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

/** The stacks that a folder has files of, `Pulumi.<stack>.yaml`. */
export const stacksIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();

/**
 * Those that git tracks, and that others so review and deploy: not the copy that somebody tries something with. All where git
 * knows none: an archive, or a copy in a folder that is not under version control.
 */
export function reviewedStacks(folder: string): readonly string[] {
  const all = stacksIn(folder);
  const tracked = new Set(trackedFiles(folder));
  const reviewed = all.filter((stack) => tracked.has(`Pulumi.${stack}.yaml`));
  return reviewed.length > 0 ? reviewed : all;
}

function trackedFiles(folder: string): readonly string[] {
  try {
    const names = execFileSync('git', ['ls-files', '-z', '--', 'Pulumi.*.yaml'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return names.split('\0');
  } catch {
    return []; // no git, or no repository
  }
}
