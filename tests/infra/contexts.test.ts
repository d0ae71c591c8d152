import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { extract } from 'tar-stream';
import { type ImageName, writeContexts } from '../../infra/contexts.ts';
import { archive } from '../../local/plugins/docker/archive.ts';
import { readContext } from '../../local/plugins/docker/context.ts';

const SOURCES = join(import.meta.dirname, 'sources');

let roots: string[] = [];
/** A copy of the small sources in a folder of its own. */
function checkout(): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'orcon-contexts-')));
  roots.push(root);
  cpSync(SOURCES, root, { recursive: true });
  return root;
}

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

/** What Docker is sent of a context. */
const sent = async (folder: string) => readContext(folder, join(folder, 'Dockerfile'));

/** What an image adds to its base, as `mode path date`. */
async function added(folder: string): Promise<string[]> {
  const parser = extract();
  parser.end(readFileSync(join(folder, 'files.tar')));
  const found: string[] = [];
  for await (const entry of parser) {
    const { name, mode = 0, mtime, uid, gid } = entry.header;
    found.push(`${mode.toString(8)} ${uid}:${gid} ${name} ${mtime?.toISOString().slice(0, 10)}`);
    entry.resume();
  }
  return found;
}

let root: string;
beforeEach(() => {
  root = checkout();
});
afterEach(() => {
  for (const folder of roots) rmSync(folder, { recursive: true });
  roots = [];
});

const write = async (name: ImageName, from = root) => (await writeContexts(from))[name];

describe('an app', () => {
  test('is one file that runs by itself', async () => {
    const { folder } = await write('webhook');
    expect(execFileSync(process.execPath, [join(folder, 'app/webhook.cjs')]).toString()).toBe('the webhook\n');
  });

  test('adds its program and what that consists of to its base, and nothing else', async () => {
    const { folder } = await write('webhook');
    expect(await added(folder)).toEqual([
      '755 0:0 app/ 1980-01-01',
      '644 0:0 app/webhook.cdx.json 1980-01-01',
      '644 0:0 app/webhook.cjs 1980-01-01',
    ]);
  });

  test('keeps the licence notices that its packages ask to be kept, in a file beside it', async () => {
    writeFileSync(join(root, 'webhook/main.ts'), '/*! (c) somebody */\nconsole.log(1);\n');
    const { folder } = await write('webhook');
    expect(await added(folder)).toContain('644 0:0 app/webhook.cjs.LEGAL.txt 1980-01-01');
    expect(readFileSync(join(folder, 'app/webhook.cjs.LEGAL.txt'), 'utf8')).toContain('(c) somebody');
  });

  test('that does not build says where and why', async () => {
    writeFileSync(join(root, 'webhook/main.ts'), "import './missing.ts';\n");
    await expect(write('webhook')).rejects.toThrow(/webhook cannot be bundled.*\n.*webhook\/main\.ts:1:7: .*missing\.ts/);
  });
});

test('the gate is its script alone', async () => {
  const { folder } = await write('gate');
  expect(await added(folder)).toEqual(['644 0:0 gate.sh 1980-01-01']);
  expect(readFileSync(join(folder, 'gate.sh'))).toEqual(readFileSync(join(SOURCES, 'gate/gate.sh')));
});

test.each(['webhook', 'controller', 'gate'] as const)(
  'another checkout of the %s, with a umask and dates of its own, sends Docker the same bytes under the same name',
  async (name) => {
    const other = checkout();
    for (const file of filesIn(other)) {
      chmodSync(join(other, file), 0o755);
      utimesSync(join(other, file), 1, 1);
    }
    const one = await write(name);
    const umask = process.umask(0o077);
    const two = await write(name, other).finally(() => process.umask(umask));
    expect(two.contentHash).toBe(one.contentHash);
    expect(await buffer(archive(await sent(two.folder)))).toEqual(await buffer(archive(await sent(one.folder))));
  },
);

test('Docker is sent the archive and the Dockerfile, not what lies beside them to be looked at', async () => {
  const { folder } = await write('controller');
  expect(filesIn(folder)).toEqual(['.dockerignore', 'Dockerfile', 'app/controller.cdx.json', 'app/controller.cjs', 'files.tar']);
  expect((await sent(folder)).files.map(({ name }) => name)).toEqual(['Dockerfile', 'files.tar']);
});

describe('the content hash', () => {
  test('is another when a source file changes', async () => {
    const before = (await write('webhook')).contentHash;
    writeFileSync(join(root, 'webhook/main.ts'), "console.log('something else');\n");
    expect((await write('webhook')).contentHash).not.toBe(before);
  });

  test('is the same when only a comment changes', async () => {
    const before = (await write('webhook')).contentHash;
    writeFileSync(join(root, 'webhook/main.ts'), `// a remark\n${readFileSync(join(SOURCES, 'webhook/main.ts'), 'utf8')}`);
    expect((await write('webhook')).contentHash).toBe(before);
  });
});

describe('the folder', () => {
  const state = (folder: string) =>
    filesIn(folder).map((file) => {
      const { mode, mtimeMs } = statSync(join(folder, file));
      return { file, mode: mode & 0o777, mtimeMs, text: readFileSync(join(folder, file), 'utf8') };
    });

  test('has the same files, modes and dates after every run, whatever the sources had', async () => {
    const before = state((await write('gate')).folder);
    chmodSync(join(root, 'gate/gate.sh'), 0o700);
    expect(state((await write('gate')).folder)).toEqual(before);
    expect(new Set(before.map(({ mode }) => mode))).toEqual(new Set([0o644]));
  });

  test('loses what another run left there', async () => {
    const { folder } = await write('gate');
    writeFileSync(join(folder, 'stray.txt'), 'x');
    expect(filesIn((await write('gate')).folder)).not.toContain('stray.txt');
  });
});
