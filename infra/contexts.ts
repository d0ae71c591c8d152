import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { archive, type Files, sorted } from './archive.ts';
import { bundle } from './bundle.ts';

/** The images that orcon consists of. */
export type ImageName = 'webhook' | 'controller' | 'gate';

/** A folder that Docker builds an image from, with nothing in it but what goes into the image, and a name for its content. */
export interface BuildContext {
  /** Absolute path of the folder. */
  readonly folder: string;
  /** Absolute path of the Dockerfile in it. */
  readonly dockerfile: string;
  /** Twelve hexadecimal digits: the same for the same files, whoever writes them and wherever. */
  readonly contentHash: string;
}

/** What all images are built from. */
export interface ImageContexts extends Readonly<Record<ImageName, BuildContext>> {
  /** Version of orcon, for tags and labels. */
  readonly version: string;
}

/** The oldest date that every archive format knows: a file's date is part of an image's layer, and an image's of its digest. */
export const SOURCE_DATE = new Date('1980-01-01T00:00:00Z');

/** What Docker is sent of a context, beside its Dockerfile: what the image adds to its base. */
const ARCHIVE = 'files.tar';
/** The files of the archive lie in the folder too, to be looked at. */
const IGNORE = `*\n!Dockerfile\n!${ARCHIVE}\n`;

const manifestSchema = z.object({ version: z.string() });

/**
 * Writes the build contexts of all images to `<root>/dist/images/<name>` and returns them. The apps are bundled first, so that
 * the images' content is known before Pulumi compares it. Writes only what differs; throws what esbuild reports when an app does
 * not build.
 *
 * @param root Folder with `package.json`, `webhook/`, `controller/` and `gate/`; by default the one above this file's.
 */
export async function writeContexts(root: string = ORCON): Promise<ImageContexts> {
  const { version } = manifestSchema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const [webhook, controller, gate] = await Promise.all([
    writeContext('webhook', version, root),
    writeContext('controller', version, root),
    writeContext('gate', version, root),
  ]);
  return { version, webhook, controller, gate };
}

async function writeContext(name: ImageName, version: string, root: string): Promise<BuildContext> {
  const content: Files =
    name === 'gate' ? new Map([['gate.sh', readFileSync(join(root, 'gate', 'gate.sh'))]]) : await bundle(name, version, root);
  const sent: Files = new Map([
    ['.dockerignore', Buffer.from(IGNORE)],
    ['Dockerfile', readFileSync(join(import.meta.dirname, 'images', `${name}.Dockerfile`))],
    [ARCHIVE, await archive(content, SOURCE_DATE)],
  ]);
  const folder = join(root, 'dist', 'images', name);
  mirror(new Map([...sent, ...content]), folder);
  return { folder, dockerfile: join(folder, 'Dockerfile'), contentHash: hash(sent) };
}

const ORCON = resolve(import.meta.dirname, '..');

/** Makes `folder` hold exactly `files`, with modes and dates that do not depend on this machine. */
function mirror(files: Files, folder: string): void {
  for (const path of existsSync(folder) ? filesBelow(folder) : []) {
    if (!files.has(path)) rmSync(join(folder, path));
  }
  for (const [path, content] of files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    chmodSync(dirname(target), 0o755);
    if (!existsSync(target) || !readFileSync(target).equals(content)) writeFileSync(target, content);
    chmodSync(target, 0o644);
    utimesSync(target, SOURCE_DATE, SOURCE_DATE);
  }
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));

function hash(files: Files): string {
  const sum = createHash('sha256');
  for (const [path, content] of sorted(files)) sum.update(`${path}\0${content.length}\0`).update(content);
  return sum.digest('hex').slice(0, 12);
}
