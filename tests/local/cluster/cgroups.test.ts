import { expect, test } from '@jest/globals';
import { hierarchies, readCgroup } from '../../../local/cluster/cgroups.ts';

const VERSION_1 = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids'];
const version1 = (controllers: readonly string[]) =>
  controllers.map((name) => `cgroup /sys/fs/cgroup/${name} cgroup rw,relatime,${name} 0 0`).join('\n');
const VERSION_2 = 'cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0';

test.each([
  ['version 1', version1(VERSION_1), '', false, { version: 1, driver: 'cgroupfs' }],
  ['version 1 under systemd', version1(VERSION_1), '', true, { version: 1, driver: 'cgroupfs' }],
  ['version 2 under systemd', VERSION_2, 'cpuset cpu io memory pids', true, { version: 2, driver: 'systemd' }],
  ['version 2 without systemd', VERSION_2, 'cpuset cpu io memory pids', false, { version: 2, driver: 'cgroupfs' }],
])('control groups of %s are recognised', (_, mounts, controllers, hasSystemd, expected) => {
  expect(readCgroup(mounts, controllers, hasSystemd)).toEqual(expected);
});

test('two controllers mounted together are both seen', () => {
  const together = version1(VERSION_1.filter((name) => !name.startsWith('cpu'))).concat(
    '\ncgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\ncgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0',
  );
  expect(readCgroup(together, '', true)).toEqual({ version: 1, driver: 'cgroupfs' });
});

test.each([
  ['none', 'proc /proc proc rw 0 0', '', /neither version 2.*cpu, cpuacct/],
  ['version 1 without pids', version1(VERSION_1.filter((name) => name !== 'pids')), '', /of version 1, pids$/],
  ['version 2 without memory', VERSION_2, 'cpuset cpu pids', /controllers memory/],
])('with control groups of %s the message says what is absent', (_, mounts, controllers, message) => {
  expect(readCgroup(mounts, controllers, true)).toMatch(message);
});

test('the hierarchies of version 1 are found where they are mounted', () => {
  const mounts = `cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n${VERSION_2}\ncgroup /elsewhere cgroup rw,memory 0 0\n`;
  expect(hierarchies(mounts)).toEqual(['/sys/fs/cgroup/cpu,cpuacct']);
});
