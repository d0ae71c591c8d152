import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { findAll, fullPath } from '../../../local/cluster/find-program.ts';
import { places } from '../../../local/cluster/places.ts';
import { isComplete, missingPackages, missingPrograms } from '../../../local/cluster/programs.ts';
import { inFolder, settings } from './fixtures.ts';

const { programs } = settings;

test('a fresh Debian gets every package', () => {
  expect(missingPackages({})).toEqual([
    'containerd',
    'runc',
    'docker.io',
    'docker-registry',
    'containernetworking-plugins',
    'nftables',
  ]);
});

test('where everything is there, nothing is installed', () => {
  expect(missingPackages(programs)).toEqual([]);
});

test('an engine without a client that fits gets the client alone', () => {
  expect(missingPackages({ ...programs, docker: undefined })).toEqual(['docker-cli']);
});

test('the programs that are still missing are named', () => {
  const some = { ...programs, etcd: undefined, cni: undefined };
  expect(isComplete(some)).toBe(false);
  expect(missingPrograms(some)).toBe('etcd, cni');
  expect(isComplete(programs)).toBe(true);
});

test('programs are found in the order of PATH; what cannot be run is none', () =>
  inFolder((folder) => {
    writeFileSync(join(folder, 'sh'), '#!/bin/false\n');
    chmodSync(join(folder, 'sh'), 0o755);
    writeFileSync(join(folder, 'ls'), 'a text\n');
    expect(findAll('sh', `${folder}:/bin`)).toEqual([join(folder, 'sh'), '/bin/sh']);
    expect(findAll('ls', `${folder}:/bin`)).toEqual(['/bin/ls']);
  }));

test("the system's folders follow one's own PATH, each once", () => {
  expect(fullPath('/opt/go/bin:/usr/bin').split(':')).toEqual([
    '/opt/go/bin',
    '/usr/bin',
    '/usr/local/sbin',
    '/usr/local/bin',
    '/usr/sbin',
    '/sbin',
    '/bin',
  ]);
});

test("a running cluster's links are not taken for programs of one's own", () => {
  const links = join(places().cluster, 'bin');
  expect(fullPath(`${links}:/usr/bin`).split(':')).not.toContain(links);
});
