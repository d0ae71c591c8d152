import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GATE_BASE_IMAGE, NODE_IMAGE, PAUSE_IMAGE } from '../addresses.ts';
import type { Programs } from '../programs.ts';
import { busyboxContents, nodeContents, nodeProgram, pauseContents } from './contents.ts';
import { type Entry, type Layer, makeLayer } from './layer.ts';
import { push, type RunConfiguration } from './push.ts';

const PATH = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
/** Raised when the same program would give another layer, so that cached ones are not used any more. */
const LAYOUT = '1';

interface BaseImage {
  readonly name: string;
  readonly program: string;
  readonly contents: () => Promise<Entry[]>;
  readonly configuration: RunConfiguration;
}

const baseImages = ({ busybox, pause }: Pick<Programs, 'busybox' | 'pause'>): readonly BaseImage[] => [
  {
    name: NODE_IMAGE,
    program: nodeProgram(),
    contents: nodeContents,
    configuration: { Entrypoint: ['/nodejs/bin/node'], Env: PATH },
  },
  {
    name: GATE_BASE_IMAGE,
    program: busybox,
    contents: () => busyboxContents(busybox),
    configuration: { Cmd: ['sh'], Env: PATH },
  },
  {
    name: PAUSE_IMAGE,
    program: pause,
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
 * Makes the images that stand in for public ones, which an embedded cluster need not be able to pull. A layer is made once
 * for each program and kept in the cache.
 */
export async function makeBaseImages(
  programs: Pick<Programs, 'busybox' | 'pause'>,
  cache: string,
): Promise<readonly MadeImage[]> {
  return Promise.all(
    baseImages(programs).map(async ({ name, program, contents, configuration }) => ({
      name,
      configuration,
      layer: await cachedLayer(program, contents, cache),
    })),
  );
}

/** Pushes the base images to the embedded registry. */
export async function pushBaseImages(images: readonly MadeImage[]): Promise<void> {
  await Promise.all(images.map(({ name, layer, configuration }) => push(name, layer, configuration)));
}

async function cachedLayer(program: string, contents: () => Promise<Entry[]>, cache: string): Promise<Layer> {
  const { size, mtimeMs } = statSync(program);
  const key = createHash('sha256')
    .update(JSON.stringify([LAYOUT, program, size, mtimeMs]))
    .digest('hex')
    .slice(0, 16);
  const folder = join(cache, 'images');
  const file = join(folder, `${key}.tar.gz`);
  const digestFile = join(folder, `${key}.digest`);
  if (existsSync(file)) return { compressed: readFileSync(file), archiveDigest: readFileSync(digestFile, 'utf8') };
  const layer = await makeLayer(await contents());
  mkdirSync(folder, { recursive: true });
  writeFileSync(digestFile, layer.archiveDigest);
  // The layer's file comes last and whole: where it is, everything is.
  writeFileSync(`${file}.${process.pid}`, layer.compressed);
  renameSync(`${file}.${process.pid}`, file);
  return layer;
}
