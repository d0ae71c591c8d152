import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DockerProvider } from '../../../local/plugins/docker/provider.ts';
import { at, type JsonObject } from '../../../local/plugins/rpc/json.ts';
import { isSecret, reveal, UNKNOWN } from '../../../local/plugins/rpc/properties.ts';
import { type Driver, drive, silent } from '../driver.ts';
import { Engine, IMAGE_ID, PUSHED_DIGEST } from './engine.ts';

const IMAGE = { type: 'docker:index/image:Image', name: 'webhook' };
const NAME = '127.0.0.1:5505/orcon/webhook:1';

let folder: string;
let context: string;
let engine: Engine;
let host: string;
let driver: Driver;
let notices: string[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orcon-docker-'));
  context = join(folder, 'context');
  mkdirSync(join(context, 'src'), { recursive: true });
  write('Dockerfile', 'FROM scratch\nCOPY src /src\n');
  write('src/main.js', 'run()');
  engine = new Engine();
  host = await engine.start(folder);
  notices = [];
  driver = await drive(new DockerProvider('5.2.0', { ...silent, info: (_, message) => notices.push(message) }));
  await driver.configure({ host });
});
afterEach(async () => {
  driver.close();
  await engine.stop();
  rmSync(folder, { recursive: true });
});

function write(name: string, content: string): void {
  writeFileSync(join(context, name), content);
  chmodSync(join(context, name), 0o644);
}
function inputs(more: JsonObject = {}, build: JsonObject = {}): JsonObject {
  return {
    imageName: NAME,
    build: { context, dockerfile: join(context, 'Dockerfile'), platform: 'linux/amd64', ...build },
    ...more,
  };
}
async function digest(): Promise<unknown> {
  return at((await driver.check(IMAGE, inputs())).inputs, 'build', 'contextDigest');
}

test('it says of itself what the original says', async () => {
  expect(await driver.configure({ host })).toEqual({
    acceptSecrets: false,
    supportsPreview: true,
    acceptResources: false,
    supportsAutonaming: false,
  });
});

test('without a daemon it cannot even be configured', async () => {
  await expect(driver.configure({ host: `unix://${folder}/none.sock` })).rejects.toThrow(
    'failed to connect to any docker daemon',
  );
});

describe('Check', () => {
  test('adds the digest of the files and the platform', async () => {
    const { inputs: checked } = await driver.check(IMAGE, {
      imageName: NAME,
      build: { context, dockerfile: join(context, 'Dockerfile') },
    });
    expect(checked.build).toMatchObject({
      contextDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      platform: expect.stringMatching(/^linux\//),
    });
    expect(notices).toEqual([expect.stringContaining('set `platform`')]);
  });

  test('prints no notice where the platform is set', async () => {
    await driver.check(IMAGE, inputs());
    expect(notices).toEqual([]);
  });

  test.each<[string, () => void]>([
    ['a file’s content', () => write('src/main.js', 'walk()')],
    ['a file’s name', () => write('src/other.js', 'run()')],
    ['a file’s mode', () => chmodSync(join(context, 'src/main.js'), 0o755)],
    ['the Dockerfile', () => write('Dockerfile', 'FROM scratch\n')],
    ['a link’s target', () => symlinkSync('main.js', join(context, 'src/link.js'))],
  ])('gives another digest for a change of %s', async (_, change) => {
    const before = await digest();
    change();
    expect(await digest()).not.toBe(before);
  });

  test.each<[string, () => void]>([
    ['times', () => utimesSync(join(context, 'src/main.js'), 1, 1)],
    ['a file that .dockerignore leaves out', () => write('notes.txt', 'x')],
    ['an empty folder', () => mkdirSync(join(context, 'empty'))],
  ])('gives the same digest for a change of %s', async (_, change) => {
    write('.dockerignore', 'notes.txt\n');
    const before = await digest();
    change();
    expect(await digest()).toBe(before);
  });

  test('of a Dockerfile that is not there says where it might be', async () => {
    await expect(driver.check(IMAGE, inputs({}, { dockerfile: 'Nofile' }))).rejects.toThrow(
      'could not open dockerfile at relative path Nofile',
    );
  });

  test.each(['', 'registry.test/Upper:1', 'webhook'])('refuses to push %p', async (imageName) => {
    const checking = driver.check(IMAGE, inputs({ imageName }));
    if (imageName === '')
      expect((await checking).failures).toEqual([{ property: 'imageName', reason: expect.stringContaining('required') }]);
    else await expect(checking).rejects.toThrow(JSON.stringify(imageName));
  });

  test('leaves an image name alone that is not known yet', async () => {
    expect((await driver.check(IMAGE, inputs({ imageName: UNKNOWN }))).failures).toEqual([]);
  });
});

describe('Create', () => {
  test('builds, pushes, and tells the digest of what the registry has', async () => {
    const { id, properties } = await driver.create(IMAGE, inputs());
    expect(id).toBe(NAME);
    expect(properties).toMatchObject({
      imageName: NAME,
      baseImageName: NAME,
      registryServer: '127.0.0.1:5505',
      repoDigest: `127.0.0.1:5505/orcon/webhook@${PUSHED_DIGEST}`,
    });
    expect(engine.pushes.map(({ path }) => path)).toEqual(['/v1.40/images/127.0.0.1:5505/orcon/webhook/push?tag=1']);
  });

  test('keeps its inputs secret as a whole', async () => {
    const { properties } = await driver.create(IMAGE, inputs());
    expect(isSecret(properties.__inputs)).toBe(true);
    expect(reveal(properties.__inputs ?? null)).toEqual(inputs());
  });

  test('passes arguments, platform, target and network on to the builder', async () => {
    await driver.create(IMAGE, inputs({}, { args: { BASE: 'b' }, target: 'app', network: 'host' }));
    expect(engine.builds[0]?.query).toMatchObject({
      t: NAME,
      dockerfile: 'Dockerfile',
      platform: 'linux/amd64',
      target: 'app',
      networkmode: 'host',
      buildargs: '{"BASE":"b"}',
    });
  });

  test('sends the files with their modes, links, and without times', async () => {
    write('.dockerignore', '*.txt\n!keep.txt\n');
    write('left.txt', 'x');
    write('keep.txt', 'y');
    chmodSync(join(context, 'src/main.js'), 0o755);
    symlinkSync('main.js', join(context, 'src/link.js'));
    await driver.create(IMAGE, inputs());
    const { files = {} } = engine.builds[0] ?? {};
    expect(Object.keys(files).sort()).toEqual(['.dockerignore', 'Dockerfile', 'keep.txt', 'src', 'src/link.js', 'src/main.js']);
    expect(files['src/main.js']).toEqual({ mode: 0o755, mtime: 0, content: 'run()' });
    expect(files['src/link.js']?.content).toBe('-> main.js');
  });

  test('sends equal files as equal bytes', async () => {
    await driver.create(IMAGE, inputs());
    utimesSync(join(context, 'src/main.js'), 1, 1);
    await driver.create(IMAGE, inputs());
    expect(engine.builds[0]?.archive.equals(engine.builds[1]?.archive ?? Buffer.alloc(0))).toBe(true);
  });

  test('takes a Dockerfile from outside of the context along', async () => {
    const dockerfile = join(folder, 'Elsewhere');
    writeFileSync(dockerfile, 'FROM scratch\n');
    await driver.create(IMAGE, inputs({}, { dockerfile }));
    const [build] = engine.builds;
    expect(build?.files[build.query.dockerfile ?? '']?.content).toBe('FROM scratch\n');
  });

  test('shows the last lines of a failing build and pushes nothing', async () => {
    const lines = Array.from({ length: 30 }, (_, index) => ({ stream: `line ${index}\n` }));
    engine.buildMessages = [...lines, { error: "The command '/bin/false' returned a non-zero code: 1" }];
    const failing = driver.create(IMAGE, inputs());
    await expect(failing).rejects.toThrow("the build failed: The command '/bin/false' returned a non-zero code: 1\nline 10\n");
    await expect(failing).rejects.toThrow('line 29');
    expect(engine.pushes).toEqual([]);
  });

  test('fails where the daemon goes away in the middle', async () => {
    engine.afterFirst = (socket) => socket.destroy();
    await expect(driver.create(IMAGE, inputs())).rejects.toThrow('the connection to the docker daemon broke');
  });

  test('ends when the run is cancelled', async () => {
    engine.afterFirst = () => void driver.cancel();
    await expect(driver.create(IMAGE, inputs())).rejects.toThrow('the build failed');
  });

  test('fails where the push fails', async () => {
    engine.pushMessages = [{ error: 'unauthorized' }];
    await expect(driver.create(IMAGE, inputs())).rejects.toThrow(`docker image ${NAME}: the push failed: unauthorized`);
  });

  test('presents the user of the registry, and nobody where there is none', async () => {
    const registry = { server: '127.0.0.1:5505', username: 'me', password: 'pass' };
    await driver.create(IMAGE, inputs({ registry }));
    expect(engine.pushes[0]?.auth).toEqual({ username: 'me', password: 'pass', serveraddress: '127.0.0.1:5505' });
    await driver.create(IMAGE, inputs());
    expect(engine.pushes[1]?.auth).toEqual({ serveraddress: '127.0.0.1:5505' });
  });

  test('of an image that is not to be pushed tells its id', async () => {
    const { properties } = await driver.create(IMAGE, inputs({ skipPush: true }));
    expect(properties.repoDigest).toBe(IMAGE_ID);
    expect(engine.pushes).toEqual([]);
  });
});

describe('preview', () => {
  test('builds nothing, and the digest is unknown', async () => {
    const { id, properties } = await driver.create(IMAGE, inputs(), { preview: true });
    expect([id, properties.repoDigest, properties.imageName]).toEqual(['', UNKNOWN, NAME]);
    expect(engine.builds).toEqual([]);
    const updated = await driver.update(IMAGE, { state: {}, inputs: inputs() }, inputs(), { preview: true });
    expect(updated.repoDigest).toBe(UNKNOWN);
  });

  test('builds where buildOnPreview says so, and still pushes nothing', async () => {
    await driver.create(IMAGE, inputs({ buildOnPreview: true }), { preview: true });
    expect([engine.builds.length, engine.pushes.length]).toEqual([1, 0]);
  });
});

describe('Diff', () => {
  const changed = async (news: JsonObject, olds: JsonObject = inputs()) => {
    const { detailed, replaces } = await driver.diff(IMAGE, { state: {}, inputs: olds }, news);
    expect(replaces).toEqual([]);
    return detailed;
  };

  test('of a changed source is an update', async () => {
    const { inputs: olds } = await driver.check(IMAGE, inputs());
    write('src/main.js', 'walk()');
    const { inputs: news } = await driver.check(IMAGE, inputs(), olds);
    expect(await changed(news, olds)).toEqual({ build: 'UPDATE' });
  });

  test('of another name is an update', async () => {
    expect(await changed(inputs({ imageName: '127.0.0.1:5505/orcon/webhook:2' }))).toEqual({ imageName: 'UPDATE' });
  });

  test('of another password is none, of another server one', async () => {
    const registry = (server: string, password: string) => inputs({ registry: { server, username: 'me', password } });
    expect(await changed(registry('a', 'new'), registry('a', 'old'))).toEqual({});
    expect(await changed(registry('b', 'old'), registry('a', 'old'))).toEqual({ registry: 'UPDATE' });
  });

  test('of the same inputs is none', async () => {
    expect((await driver.diff(IMAGE, { state: {}, inputs: inputs() }, inputs())).changes).toBe('none');
  });
});

test('Read returns what is stored and Delete leaves the image where it is', async () => {
  const { properties } = await driver.create(IMAGE, inputs());
  expect(await driver.read(IMAGE, NAME, properties, inputs())).toEqual({ id: NAME, properties, inputs: inputs() });
  await driver.delete(IMAGE, NAME, properties);
  expect(engine.builds).toHaveLength(1);
});
