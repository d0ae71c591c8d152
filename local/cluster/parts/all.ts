import type { ClusterSettings } from '../settings.ts';
import { containerd, dockerEngine, registry } from './containers.ts';
import { apiServer, controllerManager, etcd, scheduler } from './control-plane.ts';
import { coredns } from './dns.ts';
import { kubelet, proxy } from './node.ts';
import { ownRoot } from './own-root.ts';
import { PART_NAMES, type Part } from './part.ts';

/** The parts of a cluster with these settings, each after those that it needs. */
export function allParts(settings: ClusterSettings): readonly Part[] {
  const made: Record<(typeof PART_NAMES)[number], Part> = {
    etcd: etcd(settings),
    'kube-apiserver': apiServer(settings),
    'kube-controller-manager': controllerManager(settings),
    'kube-scheduler': scheduler(settings),
    containerd: containerd(settings),
    registry: registry(settings),
    dockerd: dockerEngine(settings),
    kubelet: kubelet(settings),
    'kube-proxy': proxy(settings),
    coredns: coredns(settings),
  };
  return [...(settings.isChroot ? [ownRoot(settings)] : []), ...PART_NAMES.map((name) => made[name])];
}
