import { expect, test } from '@jest/globals';
import { cannot, lacks, type Machine, mayLowerOomScore } from '../../../local/cluster/machine.ts';

const fitting: Machine = {
  platform: 'linux',
  architecture: 'x64',
  isRoot: true,
  go: 'go1.26.0',
  goToolchain: 'auto',
  otherKubelet: undefined,
  hasApt: true,
  cgroup: { version: 2, driver: 'systemd' },
  address: '192.0.2.7',
};
const needs = { builds: ['etcd 3.6.5'], packages: ['containerd', 'runc'] };

test('a fitting machine lacks nothing', () => {
  expect(lacks(fitting, needs)).toEqual([]);
});

test('Go and apt-get are not lacked where nothing is left to be built or installed', () => {
  expect(lacks({ ...fitting, go: '', hasApt: false }, { builds: [], packages: [] })).toEqual([]);
});

test('everything that is lacking is told at once, with what it is needed for', () => {
  const bare = { ...fitting, isRoot: false, go: '', hasApt: false, cgroup: 'control groups: none', address: undefined };
  expect(lacks(bare, needs)).toEqual([
    expect.stringMatching(/root.*sudo/),
    expect.stringMatching(/Go 1\.26 or newer on PATH \(none is here.*etcd 3\.6\.5/),
    expect.stringMatching(/apt-get.*containerd, runc/),
    'control groups: none',
    expect.stringMatching(/IPv4/),
  ]);
});

test.each([
  ['go1.19.8', '', true],
  ['go1.25.1', 'local', true],
  ['go1.25.1', 'auto', false],
  ['go1.27.0', 'local', false],
])('%s that may fetch others by %j is not enough: %j', (go, goToolchain, isLacking) => {
  expect(lacks({ ...fitting, go, goToolchain }, needs)).toEqual(isLacking ? [expect.stringContaining(`${go} is here`)] : []);
});

test("another kubelet in sight is told of, because each would kill the other's pods", () => {
  expect(lacks({ ...fitting, otherKubelet: 77 }, needs)).toEqual([expect.stringMatching(/pid 77.*orphans/)]);
});

test('of a foreign platform nothing but that is told', () => {
  expect(lacks({ ...fitting, platform: 'darwin', architecture: 'arm64', isRoot: false }, needs)).toEqual([
    'Linux on x64 (this is darwin on arm64)',
  ]);
});

test('the message names what is lacking and the way round', () => {
  const message = cannot(['root', 'Go on PATH']);
  expect(message).toContain('- root\n');
  expect(message).toContain('- Go on PATH\n');
  expect(message).toMatch(/pulumi up.*cluster of your own|cluster of your own.*pulumi up/);
});

test.each([
  ['CapEff:\t000001ffffffffff', true],
  ['CapEff:\t000001fffeffffff', false],
  ['Name:\tnode', false],
])('the capability to lower OOM scores is read from %j', (status, has) => {
  expect(mayLowerOomScore(status)).toBe(has);
});
