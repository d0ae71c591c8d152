/** The context's name in the kubeconfig. */
export const CONTEXT = 'orcon-embedded';

/** The node's name in Kubernetes. */
export const NODE_NAME = 'orcon';

/**
 * Ports that the cluster listens on, none of them a default of the program behind it, so that an etcd, a registry or a
 * Kubernetes of the machine's own is not in the way.
 */
export const PORTS = {
  registry: 5505,
  'kube-apiserver': 6550,
  etcd: 2390,
  'etcd peers': 2391,
  kubelet: 10350,
  'kubelet health': 10358,
  'kube-controller-manager': 10267,
  'kube-scheduler': 10269,
  'kube-proxy health': 10366,
  'kube-proxy metrics': 10359,
  coredns: 10153,
  'coredns health': 10154,
  'coredns readiness': 10155,
} as const;

/** Address of the image registry, plain HTTP; Docker and containerd both take a loopback registry for that. */
export const REGISTRY = `127.0.0.1:${PORTS.registry}`;

/** URL of the API server as this machine reaches it. */
export const API_SERVER = `https://127.0.0.1:${PORTS['kube-apiserver']}`;

/** Addresses of Services, the first of them the API server's own, and of cluster DNS. */
export const SERVICE_RANGE = '10.96.0.0/16';
export const API_SERVICE_ADDRESS = '10.96.0.1';
export const DNS_SERVICE_ADDRESS = '10.96.0.10';

/** Addresses of pods. The only node gets the first /23 of the range: 510 addresses, for twice as many pods as it takes. */
export const POD_RANGE = '10.244.0.0/16';
export const NODE_POD_RANGE = '10.244.0.0/23';
export const NODE_POD_MASK = 23;
export const MAX_PODS = 250;

/** Images that stand in for public ones, because an embedded cluster need not reach any other registry. */
export const NODE_IMAGE = `${REGISTRY}/base/node:24`;
export const GATE_BASE_IMAGE = `${REGISTRY}/base/busybox:1`;
export const PAUSE_IMAGE = `${REGISTRY}/base/pause:1`;
/** The demo's image, which its manifest names and nobody need be able to pull: busybox under that name. */
export const DEMO_IMAGE = 'docker.io/tutum/curl:latest';
