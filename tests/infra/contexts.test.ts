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
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeContext } from '../../infra/contexts.ts';

const SOURCES = join(import.meta.dirname, 'sources');

let roots: string[] = [];
/** A copy of the small sources in a folder of its own. */
function checkout(): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'orcon-contexts-')));
  roots.push(root);
  for (const part of ['webhook', 'controller', 'gate']) cpSync(join(SOURCES, part), join(root, part), { recursive: true });
  return root;
}

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

let root: string;
beforeEach(() => {
  root = checkout();
});
afterEach(() => {
  for (const folder of roots) rmSync(folder, { recursive: true });
  roots = [];
});

describe('an app', () => {
  test('is one file that runs by itself', () => {
    const { folder } = writeContext('webhook', root);
    expect(filesIn(folder)).toEqual(['Dockerfile', 'app/webhook.cjs']);
    expect(execFileSync(process.execPath, [join(folder, 'app/webhook.cjs')]).toString()).toBe('the webhook\n');
  });

  test('keeps the licence notices that its packages ask to be kept, in a file beside it', () => {
    writeFileSync(join(root, 'webhook/main.ts'), '/*! (c) somebody */\nconsole.log(1);\n');
    const { folder } = writeContext('webhook', root);
    expect(filesIn(folder)).toEqual(['Dockerfile', 'app/webhook.cjs', 'app/webhook.cjs.LEGAL.txt']);
    expect(readFileSync(join(folder, 'app/webhook.cjs.LEGAL.txt'), 'utf8')).toContain('(c) somebody');
  });

  test('that does not build says where and why', () => {
    writeFileSync(join(root, 'webhook/main.ts'), "import './missing.ts';\n");
    expect(() => writeContext('webhook', root)).toThrow(/webhook cannot be bundled.*\n.*webhook\/main\.ts:1:7: .*missing\.ts/);
  });
});

test('the gate is its script alone', () => {
  const { folder } = writeContext('gate', root);
  expect(filesIn(folder)).toEqual(['Dockerfile', 'gate.sh']);
  expect(readFileSync(join(folder, 'gate.sh'))).toEqual(readFileSync(join(SOURCES, 'gate/gate.sh')));
});

describe('the content hash', () => {
  test('is the same for the same sources in another folder', () => {
    expect(writeContext('webhook', checkout()).contentHash).toBe(writeContext('webhook', root).contentHash);
  });

  test('is another when a source file changes', () => {
    const before = writeContext('webhook', root).contentHash;
    writeFileSync(join(root, 'webhook/main.ts'), "console.log('something else');\n");
    expect(writeContext('webhook', root).contentHash).not.toBe(before);
  });

  test('is the same when only a comment changes', () => {
    const before = writeContext('webhook', root).contentHash;
    writeFileSync(join(root, 'webhook/main.ts'), `// a remark\n${readFileSync(join(SOURCES, 'webhook/main.ts'), 'utf8')}`);
    expect(writeContext('webhook', root).contentHash).toBe(before);
  });
});

describe('the folder', () => {
  /** What Docker hashes, and what gets into a layer. */
  const state = (folder: string) =>
    filesIn(folder).map((file) => {
      const { mode, mtimeMs } = statSync(join(folder, file));
      return { file, mode: mode & 0o777, mtimeMs, text: readFileSync(join(folder, file), 'utf8') };
    });

  test('has the same files, modes and dates after every run, whatever the sources had', () => {
    const before = state(writeContext('gate', root).folder);
    chmodSync(join(root, 'gate/gate.sh'), 0o700);
    expect(state(writeContext('gate', root).folder)).toEqual(before);
    expect(new Set(before.map(({ mode }) => mode))).toEqual(new Set([0o644]));
  });

  test('loses what another run left there', () => {
    const { folder } = writeContext('gate', root);
    writeFileSync(join(folder, 'stray.txt'), 'x');
    expect(filesIn(writeContext('gate', root).folder)).toEqual(['Dockerfile', 'gate.sh']);
  });
});
