import { expect, test } from '@jest/globals';
import { mountsBelow, namespaceDepth, processesOf } from '../../../local/cluster/residue.ts';

const MOUNTS = `/dev/vda / ext4 rw 0 0
tmpfs /state/cluster/kubelet/pods/1/volumes/token tmpfs rw 0 0
overlay /state/cluster/containerd/root\\040fs overlay rw 0 0
tmpfs /state/cluster-of-another tmpfs rw 0 0
nsfs /state/cluster/containerd/state/netns/cni-1 nsfs rw 0 0
`;

test('mounts below a folder are found, the last one first and names decoded', () => {
  expect(mountsBelow('/state/cluster', MOUNTS)).toEqual([
    '/state/cluster/containerd/state/netns/cni-1',
    '/state/cluster/containerd/root fs',
    '/state/cluster/kubelet/pods/1/volumes/token',
  ]);
});

test('no process of the machine is taken for one of a cluster that never ran', () => {
  expect(processesOf('/state/cluster/that/never/ran')).toEqual([]);
});

test('a process is placed by how many pid namespaces it is in: parts in ours, pods one below, those of a chroot further down', () => {
  const status = (pids: string) => `Name:\tetcd\nNStgid:\t${pids}\nNSpid:\t${pids}\nNSpgid:\t${pids}\n`;
  expect(['4242', '4242\t7', '4242\t7\t1'].map((pids) => namespaceDepth(status(pids)))).toEqual([1, 2, 3]);
});
