import { expect, test } from '@jest/globals';
import { Images, type ImagesArgs } from '../../infra/index.ts';
import { secret } from '../../local/offline/computed.ts';
import { deploy } from './deploy.ts';
import { known } from './known.ts';
import { imagesToBuild } from './whole.ts';

const IMAGES = ['webhook', 'controller', 'gate'] as const;
const build = (changes: Partial<ImagesArgs> = {}) =>
  deploy(() => new Images('images', { ...imagesToBuild, gate: true, ...changes }));

test.each(IMAGES)('the image of the %s goes to the registry, under a tag that tells its version and content', async (name) => {
  const { imageName } = (await build()).get('Image', `images-${name}`).inputs;
  expect(imageName).toMatch(new RegExp(`^registry\\.example:5000/acme/orcon/${name}:1\\.2\\.3-[0-9a-f]{12}$`));
});

test.each([
  ['docker.io/acme', 'docker.io/acme/orcon-gate', 'docker.io'],
  ['index.docker.io/acme', 'index.docker.io/acme/orcon-gate', 'docker.io'],
  ['registry-1.docker.io/acme', 'registry-1.docker.io/acme/orcon-gate', 'docker.io'],
  ['acme', 'acme/orcon-gate', 'docker.io'],
  ['ghcr.io/acme', 'ghcr.io/acme/orcon/gate', 'ghcr.io'],
  ['localhost/acme', 'localhost/acme/orcon/gate', 'localhost'],
  ['localhost:5001', 'localhost:5001/orcon/gate', 'localhost:5001'],
])('in the registry %s the gate is %s, and credentials are those of %s', async (registry, repository, server) => {
  const { inputs } = (await build({ registry, credentials: { username: 'u', password: 'p' } })).get('Image', 'images-gate');
  expect([inputs.imageName.replace(/:[^:/]+$/, ''), inputs.registry.server]).toEqual([repository, server]);
});

test('the tag is another for other files, another base or another platform, so that none takes the place of what pods run', async () => {
  const gate = { ...imagesToBuild.contexts.gate, contentHash: '0123456789ab' };
  const changes = [
    {},
    { contexts: { ...imagesToBuild.contexts, gate } },
    { gateBaseImage: 'example/busybox:2' },
    { platform: 'linux/amd64' },
  ];
  const tags = new Set<string>();
  for (const each of changes) tags.add((await build(each)).get('Image', 'images-gate').inputs.imageName);
  expect(tags.size).toBe(changes.length);
});

test.each([
  ['webhook', 'example/node:24'],
  ['controller', 'example/node:24'],
  ['gate', 'example/busybox:1'],
])('the image of the %s is built on %s for the nodes’ platform', async (name, base) => {
  const { build: built } = (await build()).get('Image', `images-${name}`).inputs;
  expect(built).toMatchObject({ platform: 'linux/arm64', args: { BASE: base, VERSION: '1.2.3' } });
});

test.each(IMAGES)(
  'the image of the %s is built from its folder, named relative to the program’s own and dated alike',
  async (name) => {
    const { build: built } = (await build()).get('Image', `images-${name}`).inputs;
    expect(built).toMatchObject({
      context: `dist/images/${name}`,
      dockerfile: `dist/images/${name}/Dockerfile`,
      args: { SOURCE_DATE_EPOCH: '315532800' },
    });
  },
);

test('what comes out are digests', async () => {
  let images: Images | undefined;
  await deploy(() => {
    images = new Images('images', { ...imagesToBuild, gate: true });
  });
  expect(await Promise.all([images?.webhook, images?.controller, images?.gate].map((one) => one && known(one)))).toEqual(
    IMAGES.map((name) => `digest of images-${name}`),
  );
});

test('credentials go to the registry’s host, as secrets', async () => {
  const { registry } = (await build({ credentials: { username: 'u', password: 'p' } })).get('Image', 'images-gate').inputs;
  expect(registry).toEqual({ server: 'registry.example:5000', username: secret('u'), password: secret('p') });
});

test('without credentials the Docker client’s own log-in counts', async () => {
  expect((await build()).get('Image', 'images-gate').inputs.registry).toBeUndefined();
});

test('no gate is built where none is wanted', async () => {
  const { resources } = await build({ gate: false });
  expect(resources.filter(({ type }) => type.endsWith(':Image')).map(({ name }) => name)).toEqual([
    'images-webhook',
    'images-controller',
  ]);
});
