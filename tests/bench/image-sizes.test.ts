import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ImageContexts, ImageName } from '../../infra/contexts.ts';
import { imageSizes, sizeReport } from './image-sizes.ts';

/** Bytes that gzip makes no smaller, and as many that it makes next to nothing of. */
const half = (megabytes: number): Buffer => Buffer.concat([randomBytes(megabytes * 5e5), Buffer.alloc(megabytes * 5e5)]);

/** Layers by digest, as they are pulled, and the layers of each image. */
const LAYERS: Readonly<Record<string, Buffer>> = { node: gzipSync(half(8)), more: gzipSync(half(2)), shell: gzipSync(half(1)) };
const IMAGES: Readonly<Record<string, readonly string[]>> = { '/v2/base/node': ['node', 'more'], '/v2/base/shell': ['shell'] };

let registry: Server;
let host: string;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orcon-sizes-'));
  registry = createServer(({ url = '' }, response) => {
    const [, repository = '', kind, name = ''] = /^(.+)\/(manifests|blobs)\/(.+)$/.exec(url) ?? [];
    const layers = IMAGES[repository]?.map((digest) => ({ digest, size: LAYERS[digest]?.length }));
    if (layers === undefined) response.writeHead(404).end('unknown');
    else response.end(kind === 'blobs' ? LAYERS[name] : JSON.stringify({ layers }));
  });
  // A connection that is kept is never closed just when the next request takes it.
  registry.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  const address = registry.address();
  host = typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '';
});
afterAll(() => {
  registry.close();
  registry.closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** A context of which the image gets so many megabytes. */
function context(name: ImageName, megabytes: number) {
  const at = join(folder, `${name}-${megabytes}`);
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, 'files.tar'), half(megabytes));
  return { folder: at, dockerfile: join(at, 'Dockerfile'), contentHash: '' };
}
const contexts = (webhook: number): ImageContexts => ({
  version: '1',
  webhook: context('webhook', webhook),
  controller: context('controller', 2),
  gate: context('gate', 1),
});
const bases = () => ({ node: `${host}/base/node:24`, gate: `${host}/base/shell:1` });

test('what images add is told of each, and where the bases are known what each is in all', async () => {
  expect(sizeReport(await imageSizes(contexts(1), bases()))).toEqual([
    expect.stringMatching(/^added by webhook {6}1 MB unpacked {11}0\.5\d* MB compressed$/),
    expect.stringMatching(/^added by controller {3}2 MB unpacked {11}1 MB compressed$/),
    expect.stringMatching(/^added by gate {9}1 MB unpacked {11}0\.5\d* MB compressed$/),
    expect.stringMatching(/^base: Node {12}10 MB unpacked {10}5(\.\d+)? MB compressed$/),
    expect.stringMatching(/^base: shell {11}1 MB unpacked {11}0\.5\d* MB compressed$/),
    expect.stringMatching(/^webhook in all {8}11 MB unpacked {10}5\.5\d* MB compressed$/),
    expect.stringMatching(/^controller in all {5}12 MB unpacked {10}6(\.\d+)? MB compressed$/),
    expect.stringMatching(/^gate in all {11}2 MB unpacked {11}1 MB compressed$/),
    '',
    'ok        image of the webhook: what it adds to Node: 1 MB (goal: at most 3 MB)',
    'ok        image of the controller: what it adds to Node: 2 MB (goal: at most 3 MB)',
    'ok        image of the gate in all: 2 MB (goal: at most 5 MB)',
  ]);
});

test('a goal that is missed is told as such, and one that cannot be measured is not', async () => {
  const { goals, figures } = await imageSizes(contexts(4), undefined);
  expect(sizeReport({ figures, goals }).slice(-2)).toEqual([
    'short of  image of the webhook: what it adds to Node: 4 MB (goal: at most 3 MB)',
    'ok        image of the controller: what it adds to Node: 2 MB (goal: at most 3 MB)',
  ]);
  expect(figures.map(({ what }) => what)).not.toContain('gate in all');
});

test('a registry that does not have a base is named with what it answers', async () => {
  const nowhere = { ...bases(), gate: `${host}/base/nothing:1` };
  await expect(imageSizes(contexts(1), nowhere)).rejects.toThrow('/v2/base/nothing/manifests/1: 404 unknown');
});
