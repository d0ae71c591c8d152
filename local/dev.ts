/**
 * `npm run dev`: webhook and controller from source on this machine, against the embedded cluster, restarted on change. The
 * API server calls the webhook here in place of its pods; on Ctrl-C the pods take over again.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CERTIFICATE_FILE, CERTIFICATE_SECRET, CONTROLLER_ACCOUNT, GATE_FILE, KEY_FILE, WEBHOOK } from '../infra/names.ts';
import { type EmbeddedCluster, startCluster } from './cluster/index.ts';
import { deploy, openStack, outputOf } from './deploy.ts';
import { type Kubectl, kubectlOf } from './kubectl.ts';
import { endRedirect, redirectWebhook } from './redirect.ts';

const WEBHOOK_PORT = 18443;
const HEALTH_PORTS = { webhook: 18081, controller: 18082 };

const log = (line: string) => console.log(`orcon: ${line}`);
const source = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

async function main(): Promise<void> {
  const cluster = await startCluster({ takeOver: false, fresh: false, log });
  const pulumi = await openStack(cluster, log);
  await deploy(pulumi, log);
  const namespace = await outputOf(pulumi, 'namespace');
  const kubectl = kubectlOf(cluster);
  const folder = mkdtempSync(join(tmpdir(), 'orcon-dev-'));
  const files = await fetchFiles(kubectl, namespace, folder);
  const kubeconfig = await accountKubeconfig(kubectl, cluster, namespace, folder);

  await redirectWebhook(kubectl, namespace, `${cluster.address}:${WEBHOOK_PORT}`);
  log(
    `the webhook's Service leads to this machine, port ${WEBHOOK_PORT}; edit webhook/, controller/ or relations/, they start again`,
  );
  log(`in another terminal: export KUBECONFIG=${cluster.kubeconfig}`);
  const children = [
    watch('webhook/main.ts', [`-port=${WEBHOOK_PORT}`, `-healthPort=${HEALTH_PORTS.webhook}`, ...files], {}),
    watch('controller/main.ts', [], {
      KUBECONFIG: kubeconfig,
      POD_NAMESPACE: namespace,
      POD_NAME: 'dev',
      HEALTH_PORT: String(HEALTH_PORTS.controller),
    }),
  ];
  // For good: npm and its script pass on what the terminal sends as well, and a second one must not end us in the middle.
  await new Promise((resolve) => process.on('SIGINT', resolve).on('SIGTERM', resolve));
  log('the pods take over again');
  await Promise.all(children.map(ended));
  await endRedirect(kubectl, namespace);
  await deploy(pulumi, log);
  rmSync(folder, { recursive: true });
}

/** Starts a program from source, and again at every change of a file that it imports. */
function watch(program: string, args: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess {
  const env = { ...process.env, LOG_FORMAT: 'pretty', DRAIN_MIN_SECONDS: '0', DRAIN_MAX_SECONDS: '1', ...environment };
  // A session of its own, so that Ctrl-C reaches it through us alone, once.
  return spawn(process.execPath, ['--watch', '--watch-preserve-output', source(program), ...args], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  process.kill(-child.pid, 'SIGTERM');
  return gone;
}

/** Puts the webhook's certificate and gate settings into files here; gives the flags that name them. */
async function fetchFiles(kubectl: Kubectl, namespace: string, folder: string): Promise<readonly string[]> {
  const secret: { data: Record<string, string> } = JSON.parse(
    await kubectl('get', 'secret', CERTIFICATE_SECRET, '-n', namespace, '-o', 'json'),
  );
  const config: { data: Record<string, string> } = JSON.parse(
    await kubectl('get', 'configmap', WEBHOOK, '-n', namespace, '-o', 'json'),
  );
  const put = (name: string, content: string) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const decoded = (name: string) => Buffer.from(secret.data[name] ?? '', 'base64').toString();
  return [
    `-tlsCertFile=${put(CERTIFICATE_FILE, decoded(CERTIFICATE_FILE))}`,
    `-tlsKeyFile=${put(KEY_FILE, decoded(KEY_FILE))}`,
    `-tenguCfgFile=${put(GATE_FILE, config.data[GATE_FILE] ?? '')}`,
  ];
}

/** A kubeconfig with the controller's own account, so that it has the rights here that it has in the cluster. */
async function accountKubeconfig(kubectl: Kubectl, cluster: EmbeddedCluster, namespace: string, folder: string): Promise<string> {
  const token = await kubectl('create', 'token', CONTROLLER_ACCOUNT, '-n', namespace, '--duration=24h');
  const config = JSON.parse(await kubectl('config', 'view', '--raw', '--minify', '-o', 'json'));
  const file = join(folder, 'kubeconfig');
  const users = [{ name: 'controller', user: { token } }];
  const contexts = [{ name: cluster.context, context: { cluster: config.clusters[0].name, user: 'controller' } }];
  writeFileSync(file, JSON.stringify({ ...config, users, contexts, 'current-context': cluster.context }), { mode: 0o600 });
  return file;
}

main().catch((error: unknown) => {
  console.error(`orcon: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});
