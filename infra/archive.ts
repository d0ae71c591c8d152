import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

/** Files by their path in a folder. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** Files in an order that does not depend on where they came from. */
export const sorted = (files: Files): Array<readonly [string, Uint8Array]> => [...files].sort(([a], [b]) => (a < b ? -1 : 1));

/**
 * A tar archive that has the same bytes for the same files, whoever makes it: sorted, of one date, root's, and with modes that
 * are given here. The folders that lead to the files are in it, because a builder would give one that it has to make its own date.
 */
export async function archive(files: Files, date: Date): Promise<Uint8Array> {
  const tar = pack();
  const bytes = buffer(tar);
  const header = { mtime: date, uid: 0, gid: 0 };
  const folders = new Set<string>();
  for (const [path, content] of sorted(files)) {
    for (const folder of foldersAbove(path)) {
      if (!folders.has(folder)) tar.entry({ ...header, name: `${folder}/`, type: 'directory', mode: 0o755 });
      folders.add(folder);
    }
    tar.entry({ ...header, name: path, type: 'file', mode: 0o644 }, Buffer.from(content));
  }
  tar.finalize();
  return bytes;
}

/** `a/b/c` → `a`, `a/b` */
function foldersAbove(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}
