import type { ClusterAccess } from '../../controller/kube/credentials.ts';

/** What a KubeConfig gives for a server without TLS and accounts. (The real one takes a second to load and wants TLS.) */
export function plainAccess(server: string): ClusterAccess {
  return {
    getCurrentCluster: () => ({ name: 'fake', server, skipTLSVerify: true }),
    applyToHTTPSOptions: () => Promise.resolve(),
  };
}
