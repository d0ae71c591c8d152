/** A build context as a tar archive that has the same bytes for the same files. */
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pack as createPack, type Pack } from 'tar-stream';
import type { BuildContext, ContextFile } from './context.ts';

/** One fixed time and owner for all: neither says anything about the image, and both would defeat the daemon's cache. */
const FIXED = { mtime: new Date(0), uid: 0, gid: 0 };

/** The archive as a stream; it fails if a file cannot be read. */
export function archive({ files }: BuildContext): Readable {
  const pack = createPack();
  fill(pack, files).then(
    () => pack.finalize(),
    (failure: Error) => pack.destroy(failure),
  );
  return Readable.from(pack, { objectMode: false });
}

async function fill(pack: Pack, files: readonly ContextFile[]): Promise<void> {
  for (const { name, mode, content } of files) {
    const header = { ...FIXED, name, mode };
    if (content.kind === 'folder') pack.entry({ ...header, type: 'directory' });
    else if (content.kind === 'link') pack.entry({ ...header, type: 'symlink', linkname: content.target });
    else await add(pack, header, await readFile(content.path));
  }
}

function add(pack: Pack, header: Parameters<Pack['entry']>[0], bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    pack.entry(header, bytes, (failure) => (failure ? reject(failure) : resolve()));
  });
}
