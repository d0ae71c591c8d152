/** That an image is the same wherever it is built, and what is in it; on the Docker Engine of the embedded cluster. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { type ImageContexts, type ImageName, SOURCE_DATE, writeContexts } from '../../../infra/contexts.ts';
import { copySources, touchAll } from '../../checkout.ts';
import { cluster } from '../harness/cluster.ts';
import { docker } from '../harness/docker.ts';

const IMAGES = ['webhook', 'controller', 'gate'] as const;
const BASES = { webhook: cluster.nodeImage, controller: cluster.nodeImage, gate: cluster.gateBaseImage };

// Builds take a second each, on a machine that is doing much else.
jest.setTimeout(2 * 60_000);

let folder: string;
let contexts: ImageContexts;
let others: ImageContexts;
const built = new Set<string>();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orcon-images-'));
  const [one, other] = [join(folder, 'one'), join(folder, 'some', 'other')];
  for (const root of [one, other]) copySources(root);
  touchAll(other);
  contexts = await writeContexts(one);
  others = await writeContexts(other);
});
afterAll(async () => {
  if (built.size > 0) await docker('image', 'rm', '--force', ...built);
  rmSync(folder, { recursive: true });
});

/** Builds an image and gives its id. */
async function build(name: ImageName, from: ImageContexts, ...options: readonly string[]): Promise<string> {
  const epoch = `SOURCE_DATE_EPOCH=${SOURCE_DATE.getTime() / 1000}`;
  const args = [`BASE=${BASES[name]}`, `VERSION=${from.version}`, epoch].flatMap((arg) => ['--build-arg', arg]);
  const id = await docker('build', '--quiet', ...options, ...args, from[name].folder);
  built.add(id);
  return id;
}

const imageSchema = z.tuple([
  z.object({
    RootFS: z.object({ Layers: z.array(z.string()) }),
    Config: z.object({ Labels: z.record(z.string(), z.string()).nullable(), User: z.string() }),
  }),
]);
const inspect = async (image: string) => imageSchema.parse(JSON.parse(await docker('image', 'inspect', image)))[0];

test.each(IMAGES)('the %s is the same image when the same engine builds it from another checkout', async (name) => {
  expect(await build(name, others)).toBe(await build(name, contexts));
});

test.each(IMAGES)(
  'the %s has the same layers when nothing is known of an earlier build, one more than its base',
  async (name) => {
    const { RootFS: first } = await inspect(await build(name, contexts));
    const { RootFS: afresh } = await inspect(await build(name, others, '--no-cache'));
    expect(afresh.Layers).toEqual(first.Layers);
    await docker('pull', '--quiet', BASES[name]);
    const { RootFS: base } = await inspect(BASES[name]);
    expect(first.Layers.slice(0, -1)).toEqual(base.Layers);
  },
);

test.each(IMAGES)('the %s says what it is, and runs as nobody in particular', async (name) => {
  const { Config: config } = await inspect(await build(name, contexts));
  expect(config.Labels).toEqual({
    'org.opencontainers.image.title': `orcon ${name}`,
    'org.opencontainers.image.description': expect.stringMatching(/^[A-Z].{20,}/),
    'org.opencontainers.image.licenses': 'Apache-2.0',
    'org.opencontainers.image.version': contexts.version,
    'org.opencontainers.image.base.name': BASES[name],
  });
  expect(config.User).toBe('65532:65532');
});
