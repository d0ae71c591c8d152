import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { PORTS } from '../../../local/cluster/addresses.ts';
import { allParts } from '../../../local/cluster/parts/all.ts';
import { corefile } from '../../../local/cluster/parts/dns.ts';
import { inOwnRoot } from '../../../local/cluster/parts/own-root.ts';
import { PART_NAMES, type Part, type PartName } from '../../../local/cluster/parts/part.ts';
import type { ClusterSettings } from '../../../local/cluster/settings.ts';
import { settings } from './fixtures.ts';

function partOf(name: PartName, given: ClusterSettings = settings): Part {
  const found = allParts(given).find((part) => part.name === name);
  if (!found) throw new Error(`no part ${name}`);
  return found;
}

const fileOf = (part: Part, end: string) => Object.entries(part.files).find(([path]) => path.endsWith(end))?.[1] ?? '';
const kubelet = (given: ClusterSettings = settings) => parse(fileOf(partOf('kubelet', given), 'kubelet.yaml'));
const underSystemd: ClusterSettings = { ...settings, cgroup: { version: 2, driver: 'systemd' } };

test('every part comes after those that it needs', () => {
  const seen: PartName[] = [];
  for (const { name, after } of allParts(settings)) {
    expect(seen).toEqual(expect.arrayContaining([...after]));
    seen.push(name);
  }
  expect(seen).toEqual([...PART_NAMES]);
});

test('every part writes to the folder of the cluster alone', () => {
  for (const { folders, files } of allParts(settings)) {
    for (const path of [...folders, ...Object.keys(files)]) expect(path).toMatch(/^\/state\/cluster(\/|$)/);
  }
});

test.each(Object.entries(PORTS))(
  'the port of %s, which is looked after before a start, is one that a part is given',
  (_, port) => {
    const given = allParts(settings).map(({ args, files }) => JSON.stringify([args, files]));
    expect(given.filter((text) => new RegExp(`\\b${port}\\b`).test(text))).not.toEqual([]);
  },
);

test('no port is the default of the program behind it', () => {
  const defaults: readonly number[] = [53, 2379, 2380, 5000, 6443, 8080, 8181, 10248, 10249, 10250, 10256, 10257, 10259];
  expect(Object.values(PORTS).filter((port) => defaults.includes(port))).toEqual([]);
});

test('containerd and the kubelet make control groups in the same way', () => {
  expect(fileOf(partOf('containerd'), 'config.toml')).toContain('SystemdCgroup = false');
  expect(kubelet()).toMatchObject({ cgroupDriver: 'cgroupfs', cgroupRoot: '/orcon' });
  expect(fileOf(partOf('containerd', underSystemd), 'config.toml')).toContain('SystemdCgroup = true');
  expect(kubelet(underSystemd)).toMatchObject({ cgroupDriver: 'systemd' });
  expect(kubelet(underSystemd)).not.toHaveProperty('cgroupRoot');
});

test.each([
  [true, 'restrict_oom_score_adj = false'],
  [false, 'restrict_oom_score_adj = true'],
])('where OOM scores may be lowered (%j) containerd is told %s', (lowersOomScore, line) => {
  expect(fileOf(partOf('containerd', { ...settings, lowersOomScore }), 'config.toml')).toContain(line);
});

test.each(['configMapAndSecretChangeDetectionStrategy', 'syncFrequency', 'fileCheckFrequency', 'nodeStatusUpdateFrequency'])(
  "the kubelet's %s is the default, so that times measured here are those of other clusters",
  (field) => {
    expect(kubelet()).not.toHaveProperty(field);
  },
);

test('the node takes 250 pods and has addresses for twice as many', () => {
  const network = JSON.parse(fileOf(partOf('kubelet'), '.conflist'));
  expect(kubelet().maxPods).toBe(250);
  expect(network.plugins[0].ipam.ranges).toEqual([[{ subnet: '10.244.0.0/23' }]]);
  expect(partOf('kube-controller-manager').args).toContain('--node-cidr-mask-size=23');
});

test('containerd takes images from the embedded registry over plain HTTP', () => {
  expect(fileOf(partOf('containerd'), '/127.0.0.1:5505/hosts.toml')).toBe('server = "http://127.0.0.1:5505"\n');
});

test('CoreDNS asks the name servers of the machine only where it has some', () => {
  expect(corefile(settings, true)).toContain('forward . /etc/resolv.conf');
  expect(corefile(settings, false)).not.toContain('forward');
});

test('in a chroot, and only there, what starts containers comes after the part that holds their root', () => {
  const names = (given: ClusterSettings) => allParts(given).map(({ name }) => name);
  expect(names(settings)).not.toContain('own-root');
  const chroot = { ...settings, isChroot: true };
  expect(names(chroot)[0]).toBe('own-root');
  expect(partOf('containerd', chroot).after).toContain('own-root');
  const below = allParts(chroot).filter(({ needsOwnRoot }) => needsOwnRoot);
  expect(below.map(({ name }) => name)).toEqual(['containerd', 'dockerd', 'kubelet']);
  expect(inOwnRoot({ program: '/usr/bin/containerd', args: ['--config', 'x'] }, { pid: 7, startTime: 70 })).toEqual({
    program: 'nsenter',
    args: ['--mount=/proc/7/ns/mnt', '--', '/usr/bin/containerd', '--config', 'x'],
  });
});
