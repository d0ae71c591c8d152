import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { buildArguments, GO_PROGRAMS, lookUp, titleOf } from '../../../local/cluster/go-builds.ts';
import { inFolder } from './fixtures.ts';

const checkout = fileURLToPath(new URL('../../..', import.meta.url));

/** A checkout with only the sources of etcd. */
function checkoutWithEtcd(folder: string): string {
  cpSync(join(checkout, 'local/tools/etcd'), join(folder, 'local/tools/etcd'), { recursive: true });
  return folder;
}

test('two checkouts of the same sources share what is built', () =>
  inFolder((folder) => {
    const here = lookUp(GO_PROGRAMS.etcd, checkout, '/cache', 'go1.26.0');
    const there = lookUp(GO_PROGRAMS.etcd, checkoutWithEtcd(folder), '/cache', 'go1.26.0');
    expect(there.path).toBe(here.path);
  }));

test.each(['go.mod', 'go.sum', 'main.go'])('a changed %s asks for another build', (file) =>
  inFolder((folder) => {
    const before = lookUp(GO_PROGRAMS.etcd, checkoutWithEtcd(folder), '/cache', 'go1.26.0').path;
    writeFileSync(join(folder, 'local/tools/etcd', file), '// changed\n', { flag: 'a' });
    expect(lookUp(GO_PROGRAMS.etcd, folder, '/cache', 'go1.26.0').path).not.toBe(before);
  }),
);

test('another Go and other flags ask for another build', () => {
  const path = (program: Parameters<typeof lookUp>[0], go: string) => lookUp(program, checkout, '/cache', go).path;
  const here = path(GO_PROGRAMS.etcd, 'go1.26.0');
  expect(path(GO_PROGRAMS.etcd, 'go1.27.0')).not.toBe(here);
  expect(path({ ...GO_PROGRAMS.etcd, linkerFlags: '' }, 'go1.26.0')).not.toBe(here);
});

test('a program counts as built once its file is there', () =>
  inFolder((cache) => {
    const before = lookUp(GO_PROGRAMS.etcd, checkout, cache, 'go1.26.0');
    expect(before.isBuilt).toBe(false);
    mkdirSync(dirname(before.path), { recursive: true });
    writeFileSync(before.path, '');
    expect(lookUp(GO_PROGRAMS.etcd, checkout, cache, 'go1.26.0').isBuilt).toBe(true);
  }));

test('Kubernetes is built with its version, which clients judge it by', () => {
  expect(buildArguments(GO_PROGRAMS.kube).join(' ')).toContain('version.gitVersion=v1.34.4 ');
  expect(titleOf(GO_PROGRAMS.kube)).toBe('Kubernetes 1.34.4');
});
