import { join } from 'node:path';
import type { ProcessIdentity } from '../processes.ts';
import { type MakePart, type Part, part } from './part.ts';

/**
 * Holds a mount namespace whose root is ours, for a machine that is a chroot (a debootstrap folder, a build root): without
 * it what joins a container later, as `kubectl exec` does, would find itself outside of it (local/tools/own-root).
 */
export const ownRoot: MakePart = ({ folder, programs }) => {
  const ready = join(folder, 'own-root');
  return part({
    name: 'own-root',
    program: programs['own-root'],
    args: ['hold', ready],
    folders: [folder],
    ready: { kind: 'file', path: ready },
  });
};

/** How a part is started below the root that `holder` holds. The process stays the one that is started. */
export function inOwnRoot(
  { program, args }: Pick<Part, 'program' | 'args'>,
  holder: ProcessIdentity,
): Pick<Part, 'program' | 'args'> {
  return { program: 'nsenter', args: [`--mount=/proc/${holder.pid}/ns/mnt`, '--', program, ...args] };
}
