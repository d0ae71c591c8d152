/** The files of a build: what the daemon is sent, and a digest that changes exactly when they do. */
import { createHash } from 'node:crypto';
import { type Dirent, existsSync } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { dockerIgnore } from './ignore.ts';

export interface ContextFile {
  /** Relative to the context, with `/` between its parts. */
  readonly name: string;
  /** Permission bits. */
  readonly mode: number;
  readonly content:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'link'; readonly target: string }
    | { readonly kind: 'folder' };
}

export interface BuildContext {
  readonly files: readonly ContextFile[];
  /** The Dockerfile's name among the files. */
  readonly dockerfile: string;
}

/** The name under which a Dockerfile from outside of the context is sent along. */
const OUTSIDE_DOCKERFILE = '.dockerfile.outside';

/**
 * Lists the context's files, sorted by name, without those that .dockerignore (or `<Dockerfile>.dockerignore`) leaves
 * out; the Dockerfile itself always belongs to them. Throws if it does not exist.
 */
export async function readContext(context: string, dockerfile: string): Promise<BuildContext> {
  await requireDockerfile(context, dockerfile);
  const inside = relative(context, dockerfile).replaceAll('\\', '/');
  const outside = inside.startsWith('../') || isAbsolute(inside);
  const ignored = await readIgnore(context, dockerfile);
  const listed = await list(context, '', (name) => name !== inside && ignored(name));
  if (!outside) return { files: listed, dockerfile: inside };
  const own: ContextFile = { name: OUTSIDE_DOCKERFILE, mode: 0o644, content: { kind: 'file', path: dockerfile } };
  return { files: [...listed, own].sort(byName), dockerfile: OUTSIDE_DOCKERFILE };
}

/** A SHA-256 over the Dockerfile's name and, for each file, its name, mode and content. */
export async function digestOf({ files, dockerfile }: BuildContext): Promise<string> {
  const hash = createHash('sha256').update(`${dockerfile}\0`);
  for (const { name, mode, content } of files) {
    if (content.kind === 'folder') continue; // they come with their files, and git does not keep empty ones
    const bytes = content.kind === 'file' ? await readFile(content.path) : Buffer.from(content.target);
    hash.update(`${name}\0${mode.toString(8)}\0${content.kind}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

async function requireDockerfile(context: string, dockerfile: string): Promise<void> {
  if (existsSync(dockerfile)) return;
  const within = join(context, dockerfile);
  const where = isAbsolute(dockerfile) ? 'absolute' : 'relative';
  const hint = !isAbsolute(dockerfile) && existsSync(within) ? `. Try setting \`dockerfile\` to ${JSON.stringify(within)}` : '';
  throw new Error(`could not open dockerfile at ${where} path ${dockerfile}${hint}`);
}

async function readIgnore(context: string, dockerfile: string): Promise<(name: string) => boolean> {
  const file = [`${dockerfile}.dockerignore`, join(context, '.dockerignore')].find((each) => existsSync(each));
  return dockerIgnore(file === undefined ? '' : await readFile(file, 'utf8'));
}

async function list(root: string, folder: string, ignored: (name: string) => boolean): Promise<readonly ContextFile[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const found = await Promise.all(entries.map((entry) => listEntry(root, folder, entry, ignored)));
  return found.flat().sort(byName);
}

/** An ignored folder is gone into all the same, for an exception may take in a file below it. */
async function listEntry(
  root: string,
  folder: string,
  entry: Dirent,
  ignored: (name: string) => boolean,
): Promise<readonly ContextFile[]> {
  const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
  const path = join(root, name);
  const mode = (await lstat(path)).mode & 0o7777;
  if (entry.isDirectory()) {
    const below = await list(root, name, ignored);
    return ignored(name) && below.length === 0 ? [] : [{ name, mode, content: { kind: 'folder' } }, ...below];
  }
  if (ignored(name)) return [];
  if (entry.isSymbolicLink()) return [{ name, mode, content: { kind: 'link', target: await readlink(path) } }];
  return entry.isFile() ? [{ name, mode, content: { kind: 'file', path } }] : [];
}

function byName(a: ContextFile, b: ContextFile): number {
  return a.name < b.name ? -1 : 1;
}
