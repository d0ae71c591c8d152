import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod/mini';
import type { ImageContexts, ImageName } from '../../infra/contexts.ts';
import { type Figure, type Goal, goalLine, spread } from './figures.ts';

const IMAGES = ['webhook', 'controller', 'gate'] as const;

const LIMITS_MB = { added: 3, gate: 5 };

/** In megabytes, of a million bytes as registries count them. */
interface Size {
  readonly unpacked: number;
  /** As it is pulled. */
  readonly compressed: number;
}

export interface ImageSizes {
  readonly figures: readonly Figure[];
  readonly goals: readonly Goal[];
}

/** Base images in a registry that can be asked for them. */
export interface Bases {
  /** Of webhook and controller. */
  readonly node: string;
  readonly gate: string;
}

/**
 * What each image adds to its base, from its context; and what each is in all, where there is a registry to ask for the bases.
 */
export async function imageSizes(contexts: ImageContexts, bases: Bases | undefined): Promise<ImageSizes> {
  const added = IMAGES.map((name) => ({ name, size: addedBy(name, contexts) }));
  const figures = added.flatMap(({ name, size }) => figuresOf(`added by ${name}`, size));
  const goals = added
    .filter(({ name }) => name !== 'gate')
    .map(({ name, size }) => goal(`image of the ${name}: what it adds to Node`, size, LIMITS_MB.added));
  if (bases === undefined) return { figures, goals };
  const [node, gate] = await Promise.all([sizeOfImage(bases.node), sizeOfImage(bases.gate)]);
  const whole = added.map(({ name, size }) => ({ name, size: sum(size, name === 'gate' ? gate : node) }));
  return {
    figures: [
      ...figures,
      ...figuresOf('base: Node', node),
      ...figuresOf('base: shell', gate),
      ...whole.flatMap(({ name, size }) => figuresOf(`${name} in all`, size)),
    ],
    goals: [
      ...goals,
      ...whole.filter(({ name }) => name === 'gate').map(({ size }) => goal('image of the gate in all', size, LIMITS_MB.gate)),
    ],
  };
}

/** The figures and goals as `npm run images` prints them. A goal that is missed is told as `short of`, and nothing fails by it. */
export const sizeReport = ({ figures, goals }: ImageSizes): readonly string[] => [
  ...[...new Set(figures.map(({ what }) => what))].map((what) => {
    const cells = figures.filter((figure) => figure.what === what).map((figure) => `${spread(figure)} ${figure.of}`.padEnd(24));
    return `${what.padEnd(22)}${cells.join('')}`.trimEnd();
  }),
  '',
  ...goals.map(goalLine),
];

const sum = (one: Size, other: Size): Size => ({
  unpacked: one.unpacked + other.unpacked,
  compressed: one.compressed + other.compressed,
});

const figuresOf = (what: string, { unpacked, compressed }: Size): Figure[] => [
  { what, of: 'unpacked', unit: 'MB', values: [unpacked] },
  { what, of: 'compressed', unit: 'MB', values: [compressed] },
];

const goal = (what: string, { unpacked }: Size, limit: number): Goal => ({
  what,
  measured: unpacked,
  unit: 'MB',
  bound: 'at most',
  limit,
});

const MB = 1e6;

const sizeOf = (tar: Uint8Array, compressed = gzipSync(tar).length): Size => ({
  unpacked: tar.length / MB,
  compressed: compressed / MB,
});

const addedBy = (name: ImageName, contexts: ImageContexts): Size =>
  sizeOf(readFileSync(join(contexts[name].folder, 'files.tar')));

const manifestSchema = z.object({ layers: z.array(z.object({ digest: z.string(), size: z.number() })) });

/** Of an image in a registry that speaks plain HTTP and asks for no login: `127.0.0.1:5505/base/busybox:1`. */
async function sizeOfImage(image: string): Promise<Size> {
  const [, registry, repository, tag] = /^([^/]+)\/(.+):([^:]+)$/.exec(image) ?? [];
  const api = `http://${registry}/v2/${repository}`;
  const headers = { accept: 'application/vnd.docker.distribution.manifest.v2+json' };
  const { layers } = manifestSchema.parse(await (await answer(`${api}/manifests/${tag}`, headers)).json());
  const sizes = await Promise.all(
    layers.map(async ({ digest, size }) =>
      sizeOf(gunzipSync(await (await answer(`${api}/blobs/${digest}`)).arrayBuffer()), size),
    ),
  );
  return sizes.reduce(sum);
}

async function answer(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response;
}
