import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod/mini';
import { type ImageContexts, type ImageName, writeContexts } from '../../infra/contexts.ts';
import type { Figure, Goal } from './figures.ts';

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

/**
 * What each image adds to its base, from its context, which is written to `dist/images` first; and what the gate's is in all,
 * where there is a registry to ask for its base.
 */
export async function imageSizes(gateBase: string | undefined): Promise<ImageSizes> {
  const contexts = await writeContexts();
  const added = new Map(IMAGES.map((name) => [name, addedBy(name, contexts)]));
  const figures = [...added].flatMap(([name, size]) => figuresOf(`added by ${name}`, size));
  const goals = (['webhook', 'controller'] as const).map((name) =>
    goal(`image of the ${name}: what it adds to Node`, added.get(name), LIMITS_MB.added),
  );
  if (gateBase === undefined) return { figures, goals };
  const base = await sizeOfImage(gateBase);
  const gate = added.get('gate');
  const whole = gate && { unpacked: base.unpacked + gate.unpacked, compressed: base.compressed + gate.compressed };
  return {
    figures: [...figures, ...figuresOf('base of the gate', base)],
    goals: [...goals, goal('image of the gate in all', whole, LIMITS_MB.gate)],
  };
}

const figuresOf = (what: string, { unpacked, compressed }: Size): Figure[] => [
  { what, of: 'unpacked', unit: 'MB', values: [unpacked] },
  { what, of: 'compressed', unit: 'MB', values: [compressed] },
];

const goal = (what: string, size: Size | undefined, limit: number): Goal => ({
  what,
  measured: size?.unpacked ?? Number.NaN,
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
  return {
    unpacked: sizes.reduce((sum, { unpacked }) => sum + unpacked, 0),
    compressed: sizes.reduce((sum, { compressed }) => sum + compressed, 0),
  };
}

async function answer(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response;
}
