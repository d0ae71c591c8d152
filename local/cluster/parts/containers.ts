import { join } from 'node:path';
import { PAUSE_IMAGE, PORTS, REGISTRY } from '../addresses.ts';
import { CGROUP } from '../cgroups.ts';
import { type ClusterSettings, paths } from '../settings.ts';
import { flags, type MakePart, part } from './part.ts';

export const containerd: MakePart = (settings) => {
  const folder = join(settings.folder, 'containerd');
  const configuration = join(folder, 'config.toml');
  const hosts = join(folder, 'registries', REGISTRY);
  return part({
    name: 'containerd',
    program: settings.programs.containerd,
    args: ['--config', configuration],
    files: {
      [configuration]: containerdConfiguration(settings),
      [join(hosts, 'hosts.toml')]: `server = "http://${REGISTRY}"\n`,
    },
    folders: [folder, hosts],
    after: settings.isChroot ? ['own-root'] : [],
    ready: { kind: 'socket', path: paths(settings).containerdSocket },
    goesOut: true,
    needsOwnRoot: true,
  });
};

function containerdConfiguration(settings: ClusterSettings): string {
  const folder = join(settings.folder, 'containerd');
  const text = (value: string) => JSON.stringify(value);
  return `version = 2
root = ${text(join(folder, 'root'))}
state = ${text(join(folder, 'state'))}
[grpc]
  address = ${text(paths(settings).containerdSocket)}
[plugins."io.containerd.internal.v1.opt"]
  path = ${text(join(folder, 'opt'))}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(PAUSE_IMAGE)}
  # Without CAP_SYS_RESOURCE nobody gets a score lower than his own, and every sandbox would fail on asking for one.
  restrict_oom_score_adj = ${!settings.lowersOomScore}
  # Network namespaces of pods lie with everything else that is ours to clear away.
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(settings.programs.cni)}
    conf_dir = ${text(networkFolder(settings))}
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = ${settings.cgroup.driver === 'systemd'}
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = ${text(join(folder, 'registries'))}
`;
}

/** Where containerd looks for the pods' network. */
export function networkFolder(settings: ClusterSettings): string {
  return join(settings.folder, 'cni', 'networks');
}

export const registry: MakePart = ({ folder, programs }) => {
  const configuration = join(folder, 'registry.json');
  return part({
    name: 'registry',
    program: programs.registry,
    args: ['serve', configuration],
    files: {
      // JSON is YAML, which is what the registry reads.
      [configuration]: JSON.stringify({
        version: '0.1',
        log: { accesslog: { disabled: true }, level: 'warn' },
        storage: { filesystem: { rootdirectory: join(folder, 'registry') }, delete: { enabled: true } },
        http: { addr: REGISTRY },
      }),
    },
    folders: [folder],
    ready: { kind: 'http', url: `http://127.0.0.1:${PORTS.registry}/v2/` },
  });
};

export const dockerEngine: MakePart = (settings) => {
  const { dockerSocket, containerdSocket } = paths(settings);
  const folder = join(settings.folder, 'docker');
  const configuration = join(folder, 'daemon.json');
  return part({
    name: 'dockerd',
    program: settings.programs.dockerd,
    args: flags({
      // The machine's own /etc/docker/daemon.json is not for this engine.
      'config-file': configuration,
      'data-root': join(folder, 'data'),
      'exec-root': join(folder, 'run'),
      pidfile: join(folder, 'pid'),
      host: `unix://${dockerSocket}`,
      containerd: containerdSocket,
      ...(settings.cgroup.driver === 'cgroupfs' ? { 'cgroup-parent': `/${CGROUP}/docker` } : {}),
      // It builds and pushes images; the network is the cluster's.
      bridge: 'none',
      iptables: false,
      ip6tables: false,
    }),
    files: { [configuration]: '{}\n' },
    folders: [folder],
    after: ['containerd'],
    ready: { kind: 'http', url: 'http://docker/_ping', socket: dockerSocket },
    goesOut: true,
    needsOwnRoot: true,
  });
};
