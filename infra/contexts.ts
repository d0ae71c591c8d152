import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RunError } from '@pulumi/pulumi';
import { type BuildOptions, buildSync, type Message, type OutputFile } from 'esbuild';

/** The images that orcon consists of. */
export type ImageName = 'webhook' | 'controller' | 'gate';

/** A folder that Docker builds an image from, with nothing in it but what goes into the image, and a name for its content. */
export interface BuildContext {
  readonly folder: string;
  readonly dockerfile: string;
  /** Twelve hexadecimal digits: the same for the same files, whoever writes them and wherever. */
  readonly contentHash: string;
}

/** Files of a context by their path inside it. */
type Files = ReadonlyMap<string, Uint8Array>;

/** The oldest date that every archive format knows: a file's date is part of an image's layer. */
const FILE_DATE = new Date('1980-01-01T00:00:00Z');

/**
 * Writes the build context of one image to `<root>/dist/images/<name>` and returns it. The apps are bundled first, so that
 * the image's content is known before Pulumi compares it. Writes only what differs; throws what esbuild reports when an app
 * does not build.
 */
export function writeContext(name: ImageName, root: string): BuildContext {
  const dockerfile = 'Dockerfile';
  const files = new Map([
    [dockerfile, readFileSync(join(import.meta.dirname, 'images', `${name}.Dockerfile`))],
    ...(name === 'gate' ? [['gate.sh', readFileSync(join(root, 'gate', 'gate.sh'))] as const] : bundle(name, root)),
  ]);
  const folder = join(root, 'dist', 'images', name);
  mirror(files, folder);
  return { folder, dockerfile: join(folder, dockerfile), contentHash: hash(files) };
}

/**
 * One app as one CommonJS file: an ESM bundle of packages that call `require` fails at start. Licence notices that bundled
 * packages ask to be kept go into a file beside it.
 */
function bundle(name: Exclude<ImageName, 'gate'>, root: string): Array<[string, Uint8Array]> {
  const outputFiles = build(name, {
    absWorkingDir: root,
    entryPoints: [join(name, 'main.ts')],
    outfile: join('app', `${name}.cjs`),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    // Function and class names stay readable in stack traces and logs.
    keepNames: true,
    legalComments: 'external',
    logLevel: 'silent',
  });
  return outputFiles
    .filter((file) => file.contents.length > 0)
    .map((file) => [`app/${file.path.slice(join(root, 'app').length + 1)}`, file.contents]);
}

/** Runs esbuild; its faults come as one error, a line each, with file and place. */
function build(name: string, options: BuildOptions): readonly OutputFile[] {
  try {
    return buildSync({ ...options, write: false }).outputFiles;
  } catch (failure) {
    if (!(typeof failure === 'object' && failure && 'errors' in failure && Array.isArray(failure.errors))) throw failure;
    const faults = failure.errors.map(
      ({ text, location }: Message) => `${location ? `${location.file}:${location.line}:${location.column}: ` : ''}${text}`,
    );
    throw new RunError([`The ${name} cannot be bundled; mend its source:`, ...faults].join('\n  '));
  }
}

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
    utimesSync(target, FILE_DATE, FILE_DATE);
  }
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));

function hash(files: Files): string {
  const sum = createHash('sha256');
  for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    sum.update(`${path}\0${content.length}\0`).update(content);
  }
  return sum.digest('hex').slice(0, 12);
}
