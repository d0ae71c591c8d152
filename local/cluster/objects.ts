import { DNS_SERVICE_ADDRESS, PORTS } from './addresses.ts';
import { apply, type Credentials } from './api.ts';

const DNS = { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
const DNS_PORTS = [
  { name: 'dns', protocol: 'UDP' },
  { name: 'dns-tcp', protocol: 'TCP' },
];

/**
 * Makes cluster DNS known: the Service `kube-dns` at its usual address, in front of CoreDNS, which is no pod but a
 * process of the node, and CoreDNS's right to read what it answers from.
 */
export async function applyDns(nodeAddress: string, credentials: Credentials): Promise<void> {
  const rbac = { apiGroup: 'rbac.authorization.k8s.io', name: 'system:coredns' };
  await Promise.all([
    apply(
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/system:coredns',
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: rbac.name },
        rules: [
          { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
          { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
        ],
      },
      credentials,
    ),
    apply(
      '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:coredns',
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: rbac.name },
        roleRef: { ...rbac, kind: 'ClusterRole' },
        subjects: [{ ...rbac, kind: 'User' }],
      },
      credentials,
    ),
    apply(
      '/api/v1/namespaces/kube-system/services/kube-dns',
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: DNS,
        spec: {
          clusterIP: DNS_SERVICE_ADDRESS,
          ports: DNS_PORTS.map((port) => ({ ...port, port: 53, targetPort: PORTS.coredns })),
        },
      },
      credentials,
    ),
    apply(
      '/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices/kube-dns',
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          ...DNS,
          labels: {
            ...DNS.labels,
            'kubernetes.io/service-name': DNS.name,
            'endpointslice.kubernetes.io/managed-by': 'orcon-embedded',
          },
        },
        addressType: 'IPv4',
        endpoints: [{ addresses: [nodeAddress], conditions: { ready: true } }],
        ports: DNS_PORTS.map((port) => ({ ...port, port: PORTS.coredns })),
      },
      credentials,
    ),
  ]);
}
