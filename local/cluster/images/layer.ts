import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { pack } from 'tar-stream';

/** Something in an image's file system; paths are absolute. */
export type Entry =
  | { readonly kind: 'folder'; readonly path: string; readonly mode?: number; readonly owner?: number }
  | { readonly kind: 'file'; readonly path: string; readonly content: Buffer; readonly mode?: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** An image layer, compressed. */
export interface Layer {
  readonly compressed: Buffer;
  /** Of the archive before compression: what an image's configuration names. */
  readonly archiveDigest: string;
}

/** Before what any build could be done, so that no date tells one build from another. */
const DATE = new Date(0);

/**
 * Packs entries so that the same ones always give the same bytes: sorted, dated alike, folders that lead to them included.
 */
export async function makeLayer(entries: readonly Entry[]): Promise<Layer> {
  const archive = pack();
  const bytes = buffer(archive);
  for (const entry of withParents(entries)) {
    const name = entry.path.slice(1);
    const shared = { name, mtime: DATE, uid: 0, gid: 0 };
    if (entry.kind === 'folder') {
      const owner = entry.owner ?? 0;
      archive.entry({ ...shared, name: `${name}/`, type: 'directory', mode: entry.mode ?? 0o755, uid: owner, gid: owner });
    } else if (entry.kind === 'link') archive.entry({ ...shared, type: 'symlink', linkname: entry.target, mode: 0o777 });
    else archive.entry({ ...shared, type: 'file', mode: entry.mode ?? 0o644, size: entry.content.length }, entry.content);
  }
  archive.finalize();
  const tar = await bytes;
  // Level 1: what goes from this machine to this machine is better quick than small.
  return { compressed: await promisify(gzip)(tar, { level: 1 }), archiveDigest: digestOf(tar) };
}

export function digestOf(content: Buffer | string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function withParents(entries: readonly Entry[]): Entry[] {
  const all = new Map(entries.map((entry) => [entry.path, entry]));
  for (const { path } of entries) {
    const names = path.split('/').slice(1, -1);
    for (let depth = 1; depth <= names.length; depth++) {
      const folder = `/${names.slice(0, depth).join('/')}`;
      if (!all.has(folder)) all.set(folder, { kind: 'folder', path: folder });
    }
  }
  return [...all.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
