import { REGISTRY } from '../addresses.ts';
import { type Answer, request } from '../api.ts';
import { digestOf, type Layer } from './layer.ts';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const CONFIGURATION = 'application/vnd.docker.container.image.v1+json';
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip';

/** How containers of an image are run, in the words of an image's configuration. */
export interface RunConfiguration {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env: readonly string[];
}

/**
 * Pushes an image of one layer to the embedded registry, as `image` (`127.0.0.1:5505/base/busybox:1`). The same layer
 * always gives the same image, because nothing in it tells when or where it was made.
 */
export async function push(image: string, layer: Layer, config: RunConfiguration): Promise<void> {
  const [, repository, tag] = /^[^/]+\/(.+):([^:]+)$/.exec(image) ?? [];
  const api = `http://${REGISTRY}/v2/${repository}`;
  const configuration = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config,
    rootfs: { type: 'layers', diff_ids: [layer.archiveDigest] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'orcon embedded cluster' }],
  });
  const blobs = [Buffer.from(configuration), layer.compressed];
  const [configurationBlob, layerBlob] = await Promise.all(blobs.map((blob) => pushBlob(api, blob)));
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: CONFIGURATION, ...configurationBlob },
    layers: [{ mediaType: LAYER, ...layerBlob }],
  });
  expect(
    await request(`${api}/manifests/${tag}`, { method: 'PUT', headers: { 'content-type': MANIFEST }, body: manifest }),
    201,
    image,
  );
}

async function pushBlob(api: string, content: Buffer): Promise<{ digest: string; size: number }> {
  const digest = digestOf(content);
  if ((await request(`${api}/blobs/${digest}`, { method: 'HEAD' })).status !== 200) {
    const { location } = expect(await request(`${api}/blobs/uploads/`, { method: 'POST' }), 202, api);
    const target = new URL(location, api);
    target.searchParams.set('digest', digest);
    expect(
      await request(target.href, {
        method: 'PUT',
        headers: { 'content-type': 'application/octet-stream', 'content-length': `${content.length}` },
        body: content,
      }),
      201,
      target.pathname,
    );
  }
  return { digest, size: content.length };
}

function expect(answer: Answer, status: number, what: string): Answer {
  if (answer.status !== status)
    throw new Error(`the embedded registry answered ${answer.status} for ${what}: ${answer.body.trim()}`);
  return answer;
}
