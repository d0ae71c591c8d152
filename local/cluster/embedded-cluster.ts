import { delimiter } from 'node:path';
import { CONTEXT, GATE_BASE_IMAGE, NODE_IMAGE, REGISTRY } from './addresses.ts';
import { fullPath } from './find-program.ts';
import type { Programs } from './programs.ts';
import { type ClusterSettings, paths } from './settings.ts';

/** A running embedded cluster, as those need it who work with it. */
export interface EmbeddedCluster {
  /** File with the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Its only context. */
  readonly context: string;
  /** The Docker Engine, `unix:///…`. */
  readonly dockerHost: string;
  /** Where containerd listens, whose namespace `k8s.io` has the containers of the pods. */
  readonly containerdSocket: string;
  /** Host and port of the image registry, plain HTTP. */
  readonly registry: string;
  /** Image with Node 24 at `/nodejs/bin/node`. */
  readonly nodeImage: string;
  /** Image with busybox. */
  readonly gateBaseImage: string;
  /** The node's IPv4 address: what of this machine listens there is reached from pods. */
  readonly address: string;
  /** A folder that ends with the cluster; below it callers may make their own. */
  readonly folder: string;
  /** Absolute paths of the programs in the versions that fit. */
  readonly binaries: Pick<Programs, 'kubectl' | 'docker' | 'pulumi' | 'pulumi-language-nodejs' | 'ctr'>;
  /** To be set for programs that work with the cluster, over one's own environment; PATH begins with the binaries. */
  readonly environment: Readonly<Record<string, string>>;
}

export function embeddedCluster(settings: ClusterSettings): EmbeddedCluster {
  const { kubeconfig, containerdSocket, dockerSocket, dockerConfig, bin } = paths(settings);
  const at = (name: string) => `${bin}/${name}`;
  return {
    kubeconfig,
    context: CONTEXT,
    dockerHost: `unix://${dockerSocket}`,
    containerdSocket,
    registry: REGISTRY,
    nodeImage: NODE_IMAGE,
    gateBaseImage: GATE_BASE_IMAGE,
    address: settings.address,
    folder: settings.folder,
    binaries: {
      kubectl: at('kubectl'),
      docker: at('docker'),
      pulumi: at('pulumi'),
      'pulumi-language-nodejs': at('pulumi-language-nodejs'),
      ctr: at('ctr'),
    },
    environment: {
      KUBECONFIG: kubeconfig,
      DOCKER_HOST: `unix://${dockerSocket}`,
      // The user's own may name a context, which would win over DOCKER_HOST, or helpers that ask for passwords.
      DOCKER_CONFIG: dockerConfig,
      // Debian's client has no buildx; the engine's own builder does.
      DOCKER_BUILDKIT: '0',
      PATH: [bin, fullPath()].join(delimiter),
    },
  };
}

/** The programs that are linked into the cluster's `bin`, which stands first on PATH. */
export function linkedPrograms({ programs }: ClusterSettings): Readonly<Record<string, string>> {
  const { kubectl, docker, pulumi, ctr } = programs;
  return { kubectl, docker, pulumi, 'pulumi-language-nodejs': programs['pulumi-language-nodejs'], ctr };
}
