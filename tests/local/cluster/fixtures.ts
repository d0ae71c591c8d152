import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PORTS } from '../../../local/cluster/addresses.ts';
import type { ClusterRecord } from '../../../local/cluster/record.ts';
import type { ClusterSettings } from '../../../local/cluster/settings.ts';

export const settings: ClusterSettings = {
  folder: '/state/cluster',
  logs: '/state/logs',
  address: '192.0.2.7',
  cgroup: { version: 1, driver: 'cgroupfs' },
  lowersOomScore: false,
  isChroot: false,
  programs: {
    etcd: '/cache/etcd',
    kube: '/cache/kube',
    coredns: '/cache/coredns',
    pause: '/cache/pause',
    'own-root': '/cache/own-root',
    busybox: '/bin/busybox',
    containerd: '/usr/bin/containerd',
    ctr: '/usr/bin/ctr',
    runc: '/usr/sbin/runc',
    dockerd: '/usr/sbin/dockerd',
    docker: '/usr/bin/docker',
    registry: '/usr/bin/docker-registry',
    nft: '/usr/sbin/nft',
    cni: '/usr/lib/cni',
    kubectl: '/cache/kube',
    pulumi: '/cache/pulumi',
    'pulumi-language-nodejs': '/cache/pulumi-language-nodejs',
  },
};

export const record: ClusterRecord = {
  checkout: '/home/one/orcon',
  boot: 'boot-1',
  started: '2026-01-02T03:04:05.000Z',
  phase: 'running',
  settings,
  versions: { Kubernetes: '1.34.4' },
  ports: PORTS,
  processes: { etcd: { pid: 100, startTime: 5000 }, kubelet: { pid: 101, startTime: 5001 } },
  kernel: { 'net/ipv4/ip_forward': '0' },
};

/** Does work in a new empty folder and removes it afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'orcon-cluster-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
