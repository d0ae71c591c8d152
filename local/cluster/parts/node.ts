import { join } from 'node:path';
import { stringify } from 'yaml';
import { DNS_SERVICE_ADDRESS, MAX_PODS, NODE_NAME, NODE_POD_RANGE, POD_RANGE, PORTS } from '../addresses.ts';
import { CGROUP } from '../cgroups.ts';
import { type ClusterSettings, paths } from '../settings.ts';
import { networkFolder } from './containers.ts';
import { flags, type MakePart, part } from './part.ts';

export const kubelet: MakePart = (settings) => {
  const { kubeconfigs, kubelet: folder } = paths(settings);
  const configuration = join(settings.folder, 'kubelet.yaml');
  return part({
    name: 'kubelet',
    program: settings.programs.kube,
    args: [
      'kubelet',
      ...flags({
        config: configuration,
        kubeconfig: join(kubeconfigs, 'kubelet'),
        'hostname-override': NODE_NAME,
        'node-ip': settings.address,
        'root-dir': folder,
        'cert-dir': join(folder, 'pki'),
      }),
    ],
    files: {
      [configuration]: stringify(kubeletConfiguration(settings)),
      [join(networkFolder(settings), '10-orcon.conflist')]: JSON.stringify(podNetwork(settings), undefined, 2),
    },
    folders: [folder, networkFolder(settings), join(settings.folder, 'manifests')],
    after: ['kube-apiserver', 'containerd'],
    needsOwnRoot: true,
    ready: { kind: 'http', url: `http://127.0.0.1:${PORTS['kubelet health']}/healthz` },
  });
};

/**
 * What differs from the kubelet's defaults. Nothing here changes when a pod learns of a changed ConfigMap: times that
 * are measured on this node are those of any other.
 */
function kubeletConfiguration(settings: ClusterSettings) {
  const { keys, containerdSocket, kubelet: folder } = paths(settings);
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: join(keys, 'ca.crt') } },
    authorization: { mode: 'Webhook' },
    port: PORTS.kubelet,
    healthzPort: PORTS['kubelet health'],
    tlsCertFile: join(keys, 'kubelet.crt'),
    tlsPrivateKeyFile: join(keys, 'kubelet.key'),
    clusterDomain: 'cluster.local',
    clusterDNS: [DNS_SERVICE_ADDRESS],
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: settings.cgroup.driver,
    // A group of our own, so that neither a second kubelet nor we take the other's pods for orphans.
    ...(settings.cgroup.driver === 'cgroupfs' ? { cgroupRoot: `/${CGROUP}` } : {}),
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    maxPods: MAX_PODS,
    staticPodPath: join(settings.folder, 'manifests'),
    podLogsDir: join(settings.folder, 'pod-logs'),
    volumePluginDir: join(folder, 'volume-plugins'),
    // A full disk or an unused image is the machine's owner's business, not ours to clear up.
    evictionHard: {},
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    // kube-proxy uses nftables alone, and no rule of another kind is to be left behind.
    makeIPTablesUtilChains: false,
  };
}

/**
 * Each pod on a point-to-point link of its own, as in kind: with a bridge, answers between pods would bypass the
 * node's address translation wherever the kernel does not pass bridged packets to it. Masquerading is in our own
 * nftables table (network.ts), not in iptables chains a pod.
 */
function podNetwork(settings: ClusterSettings) {
  return {
    cniVersion: '0.4.0',
    name: 'orcon',
    plugins: [
      {
        type: 'ptp',
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: join(settings.folder, 'cni', 'addresses'),
          ranges: [[{ subnet: NODE_POD_RANGE }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
}

export const proxy: MakePart = (settings) =>
  part({
    name: 'kube-proxy',
    program: settings.programs.kube,
    args: [
      'kube-proxy',
      ...flags({
        kubeconfig: join(paths(settings).kubeconfigs, 'proxy'),
        'hostname-override': NODE_NAME,
        'cluster-cidr': POD_RANGE,
        'proxy-mode': 'nftables',
        'healthz-bind-address': `127.0.0.1:${PORTS['kube-proxy health']}`,
        'metrics-bind-address': `127.0.0.1:${PORTS['kube-proxy metrics']}`,
        // 0 leaves the machine's own connection tracking settings as they are.
        'conntrack-max-per-core': 0,
        'conntrack-min': 0,
        'conntrack-tcp-timeout-established': '0s',
        'conntrack-tcp-timeout-close-wait': '0s',
      }),
    ],
    after: ['kubelet'],
    ready: { kind: 'http', url: `http://127.0.0.1:${PORTS['kube-proxy health']}/livez` },
  });
