import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GATE_BASE_IMAGE, NODE_IMAGE, PAUSE_IMAGE } from '../addresses.ts';
import type { Programs } from '../programs.ts';
import { busyboxContents, nodeContents, pauseContents } from './contents.ts';
import { type Entry, type Layer, makeLayer } from './layer.ts';
import { push, type RunConfiguration } from './push.ts';

const PATH = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];

interface BaseImage {
  readonly name: string;
  readonly contents: () => Promise<Entry[]>;
  readonly configuration: RunConfiguration;
}

const baseImages = ({ busybox, pause }: Pick<Programs, 'busybox' | 'pause'>): readonly BaseImage[] => [
  {
    name: NODE_IMAGE,
    contents: nodeContents,
    configuration: { Entrypoint: ['/nodejs/bin/node'], Env: PATH },
  },
  {
    name: GATE_BASE_IMAGE,
    contents: () => busyboxContents(busybox),
    configuration: { Cmd: ['sh'], Env: PATH },
  },
  {
    name: PAUSE_IMAGE,
    contents: async () => pauseContents(pause),
    configuration: { Entrypoint: ['/pause'], Env: PATH },
  },
];

/** A base image whose layer is made. */
export interface MadeImage {
  readonly name: string;
  readonly layer: Layer;
  readonly configuration: RunConfiguration;
}

/**
 * Makes the images that stand in for public ones, which an embedded cluster need not be able to pull. Layers
 * are kept in the cache.
 */
export async function makeBaseImages(
  programs: Pick<Programs, 'busybox' | 'pause'>,
  cache: string,
): Promise<readonly MadeImage[]> {
  return Promise.all(
    baseImages(programs).map(async ({ name, contents, configuration }) => ({
      name,
      configuration,
      layer: await cachedLayer(await contents(), cache),
    })),
  );
}

/** Pushes the base images to the embedded registry. */
export async function pushBaseImages(images: readonly MadeImage[]): Promise<void> {
  await Promise.all(images.map(({ name, layer, configuration }) => push(name, layer, configuration)));
}

/** Compressing takes seconds; the cache is asked by what would be compressed. */
async function cachedLayer(entries: readonly Entry[], cache: string): Promise<Layer> {
  const folder = join(cache, 'images');
  const file = join(folder, `${keyOf(entries)}.tar.gz`);
  const digestFile = `${file}.digest`;
  if (existsSync(file)) return { compressed: readFileSync(file), archiveDigest: readFileSync(digestFile, 'utf8') };
  const layer = await makeLayer(entries);
  mkdirSync(folder, { recursive: true });
  writeFileSync(digestFile, layer.archiveDigest);
  // The layer's file comes last and whole: where it is, everything is.
  writeFileSync(`${file}.${process.pid}`, layer.compressed);
  renameSync(`${file}.${process.pid}`, file);
  return layer;
}

function keyOf(entries: readonly Entry[]): string {
  const key = createHash('sha256');
  for (const entry of entries) {
    key.update(JSON.stringify({ ...entry, content: undefined }));
    if (entry.kind === 'file') key.update(entry.content);
  }
  return key.digest('hex').slice(0, 16);
}
