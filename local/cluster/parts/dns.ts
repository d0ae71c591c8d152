import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PORTS } from '../addresses.ts';
import { type ClusterSettings, paths } from '../settings.ts';
import { type MakePart, part } from './part.ts';

const RESOLVER = '/etc/resolv.conf';

/** CoreDNS as a process of the machine; pods reach it by the Service `kube-dns` (objects.ts). */
export const coredns: MakePart = (settings) => {
  const configuration = join(settings.folder, 'Corefile');
  const upstream = existsSync(RESOLVER) && /^\s*nameserver\s/m.test(readFileSync(RESOLVER, 'utf8'));
  return part({
    name: 'coredns',
    program: settings.programs.coredns,
    args: ['-conf', configuration],
    files: { [configuration]: corefile(settings, upstream) },
    folders: [settings.folder],
    after: ['kube-apiserver'],
    ready: { kind: 'http', url: `http://127.0.0.1:${PORTS['coredns readiness']}/ready` },
  });
};

/** @param upstream whether the machine has a name server of its own to ask for names outside the cluster. */
export function corefile(settings: ClusterSettings, upstream: boolean): string {
  return `.:${PORTS.coredns} {
  bind 127.0.0.1 ${settings.address}
  errors
  health 127.0.0.1:${PORTS['coredns health']}
  ready 127.0.0.1:${PORTS['coredns readiness']}
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig ${join(paths(settings).kubeconfigs, 'coredns')} orcon-embedded
    pods insecure
    fallthrough in-addr.arpa ip6.arpa
    ttl 5
  }
${upstream ? `  forward . ${RESOLVER}\n` : ''}  cache 30 {
    disable success cluster.local
    disable denial cluster.local
  }
}
`;
}
