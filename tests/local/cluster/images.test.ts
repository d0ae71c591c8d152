import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { extract } from 'tar-stream';
import { readLibraries } from '../../../local/cluster/images/contents.ts';
import { digestOf, type Entry, makeLayer } from '../../../local/cluster/images/layer.ts';

const entries: readonly Entry[] = [
  { kind: 'file', path: '/nodejs/bin/node', content: Buffer.from('#!'), mode: 0o755 },
  { kind: 'folder', path: '/home/nonroot', mode: 0o700, owner: 65532 },
  { kind: 'link', path: '/bin/sh', target: 'busybox' },
];

async function list(archive: Buffer): Promise<unknown[]> {
  const found: unknown[] = [];
  const reader = extract();
  reader.end(archive);
  for await (const entry of reader) {
    const { name, type, mode, uid, linkname, mtime } = entry.header;
    found.push([type, name, mode?.toString(8), uid, linkname ?? '', mtime?.getTime(), (await buffer(entry)).toString()]);
  }
  return found;
}

test('a layer holds its entries and the folders that lead to them, sorted and without a date', async () => {
  const { compressed } = await makeLayer(entries);
  expect(await list(gunzipSync(compressed))).toEqual([
    ['directory', 'bin/', '755', 0, '', 0, ''],
    ['symlink', 'bin/sh', '777', 0, 'busybox', 0, ''],
    ['directory', 'home/', '755', 0, '', 0, ''],
    ['directory', 'home/nonroot/', '700', 65532, '', 0, ''],
    ['directory', 'nodejs/', '755', 0, '', 0, ''],
    ['directory', 'nodejs/bin/', '755', 0, '', 0, ''],
    ['file', 'nodejs/bin/node', '755', 0, '', 0, '#!'],
  ]);
});

test('the same entries in any order give the same bytes', async () => {
  expect(await makeLayer([...entries].reverse())).toEqual(await makeLayer(entries));
});

test('an image names the digest of its layer before compression', async () => {
  const { compressed, archiveDigest } = await makeLayer(entries);
  expect(digestOf(gunzipSync(compressed))).toBe(archiveDigest);
});

test('the libraries of a program are those that ldd names by their paths', () => {
  const listed = `\tlinux-vdso.so.1 (0x00007f035a621000)
\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f035a52b000)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f035a01e000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f035a623000)\n`;
  expect(readLibraries(listed)).toEqual([
    '/lib/x86_64-linux-gnu/libm.so.6',
    '/lib/x86_64-linux-gnu/libc.so.6',
    '/lib64/ld-linux-x86-64.so.2',
  ]);
});

test('a library that is not on the machine is named', () => {
  expect(() => readLibraries('\tlibstdc++.so.6 => not found\n')).toThrow(/libstdc\+\+\.so\.6.*install/);
});
