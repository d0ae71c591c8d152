import { join } from 'node:path';
import { API_SERVER, NODE_POD_MASK, POD_RANGE, PORTS, SERVICE_RANGE } from '../addresses.ts';
import { paths } from '../settings.ts';
import { flags, type MakePart, part } from './part.ts';

const ETCD = `http://127.0.0.1:${PORTS.etcd}`;
const ETCD_PEERS = `http://127.0.0.1:${PORTS['etcd peers']}`;

export const etcd: MakePart = ({ folder, programs }) =>
  part({
    name: 'etcd',
    program: programs.etcd,
    args: flags({
      'data-dir': join(folder, 'etcd'),
      // What a power failure could lose here is a test's cluster; waiting for the disk would be most of each write.
      'unsafe-no-fsync': true,
      'listen-client-urls': ETCD,
      'advertise-client-urls': ETCD,
      'listen-peer-urls': ETCD_PEERS,
      'initial-advertise-peer-urls': ETCD_PEERS,
      'initial-cluster': `default=${ETCD_PEERS}`,
    }),
    ready: { kind: 'http', url: `${ETCD}/health` },
  });

export const apiServer: MakePart = (settings) => {
  const { keys } = paths(settings);
  return part({
    name: 'kube-apiserver',
    program: settings.programs.kube,
    args: [
      'kube-apiserver',
      ...flags({
        'etcd-servers': ETCD,
        'secure-port': PORTS['kube-apiserver'],
        'advertise-address': settings.address,
        'service-cluster-ip-range': SERVICE_RANGE,
        'client-ca-file': join(keys, 'ca.crt'),
        'tls-cert-file': join(keys, 'apiserver.crt'),
        'tls-private-key-file': join(keys, 'apiserver.key'),
        'service-account-key-file': join(keys, 'sa.pub'),
        'service-account-signing-key-file': join(keys, 'sa.key'),
        'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
        'authorization-mode': 'Node,RBAC',
        'enable-admission-plugins': 'NodeRestriction',
        'allow-privileged': true,
        // The node's name is in no DNS.
        'kubelet-preferred-address-types': 'InternalIP',
        'kubelet-certificate-authority': join(keys, 'ca.crt'),
        'kubelet-client-certificate': join(keys, 'apiserver-to-kubelet.crt'),
        'kubelet-client-key': join(keys, 'apiserver-to-kubelet.key'),
        profiling: false,
      }),
    ],
    after: ['etcd'],
    ready: { kind: 'http', url: `${API_SERVER}/readyz` },
  });
};

export const controllerManager: MakePart = (settings) => {
  const { keys, kubeconfigs } = paths(settings);
  return part({
    name: 'kube-controller-manager',
    program: settings.programs.kube,
    args: [
      'kube-controller-manager',
      ...flags({
        kubeconfig: join(kubeconfigs, 'controller-manager'),
        'bind-address': '127.0.0.1',
        'secure-port': PORTS['kube-controller-manager'],
        'tls-cert-file': join(keys, 'controller-manager.crt'),
        'tls-private-key-file': join(keys, 'controller-manager.key'),
        'service-account-private-key-file': join(keys, 'sa.key'),
        'root-ca-file': join(keys, 'ca.crt'),
        'use-service-account-credentials': true,
        'cluster-cidr': POD_RANGE,
        'allocate-node-cidrs': true,
        'node-cidr-mask-size': NODE_POD_MASK,
        'leader-elect': false,
        profiling: false,
      }),
    ],
    after: ['kube-apiserver'],
    ready: { kind: 'http', url: `https://127.0.0.1:${PORTS['kube-controller-manager']}/healthz` },
  });
};

export const scheduler: MakePart = (settings) => {
  const { keys, kubeconfigs } = paths(settings);
  return part({
    name: 'kube-scheduler',
    program: settings.programs.kube,
    args: [
      'kube-scheduler',
      ...flags({
        kubeconfig: join(kubeconfigs, 'scheduler'),
        'bind-address': '127.0.0.1',
        'secure-port': PORTS['kube-scheduler'],
        'tls-cert-file': join(keys, 'scheduler.crt'),
        'tls-private-key-file': join(keys, 'scheduler.key'),
        'leader-elect': false,
        profiling: false,
      }),
    ],
    after: ['kube-apiserver'],
    ready: { kind: 'http', url: `https://127.0.0.1:${PORTS['kube-scheduler']}/healthz` },
  });
};
