/** `npm run demo`: the main job on a real one-node Kubernetes, told step by step. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configMapName } from '../relations/names.ts';
import { STATUS } from '../relations/vocabulary.ts';
import { startCluster } from './cluster/index.ts';
import { duration } from './cluster/progress.ts';
import { deploy, openStack, outputOf } from './deploy.ts';
import { type Kubectl, kubectlOf, waitFor } from './kubectl.ts';
import { endRedirect } from './redirect.ts';

const NAMESPACE = 'k8s-tengu-test';
const manifest = (name: string) => fileURLToPath(new URL(`../examples/demo/${name}.yaml`, import.meta.url));

const log = (line: string) => console.log(`  ${line}`);
const chapter = (title: string) => console.log(`\n${title}`);

async function main(): Promise<void> {
  const took = stopwatch();
  chapter('1. A one-node Kubernetes on this machine');
  const cluster = await startCluster({ takeOver: true, fresh: false, log });
  const startTook = took();

  chapter('2. orcon, deployed by Pulumi: images built and pushed, certificates issued, webhook and controller rolled out');
  const pulumi = await openStack(cluster, log);
  await deploy(pulumi, log);
  const kubectl = kubectlOf(cluster);
  await endRedirect(kubectl, await outputOf(pulumi, 'namespace'));
  await kubectl('delete', 'namespace', NAMESPACE, '--ignore-not-found');
  const deployTook = took();

  chapter('3. A Deployment that consumes sse and db is applied; neither is there yet');
  await kubectl('apply', '-f', manifest('namespace'), '-f', manifest('sleep'));
  log('kubectl apply -f examples/demo/sleep.yaml');
  await tellPod(kubectl, 'Init:0/1');
  await tellStatus(kubectl, 'Held', 'db, sse');

  chapter('4. Service sse-endpoint appears (tengu.io/provides: sse)');
  await kubectl('apply', '-f', manifest('sse-endpoint'));
  await tellStatus(kubectl, 'Held', 'waiting for db:');
  await tellPod(kubectl, 'Init:0/1');

  chapter('5. Service db-endpoint appears (tengu.io/provides: db)');
  const sinceService = stopwatch();
  await kubectl('apply', '-f', manifest('db-endpoint'));
  await kubectl('wait', 'pod', '-n', NAMESPACE, '-l', 'app=sleep', '--for=condition=Ready', '--timeout=60s');
  const releaseTook = sinceService();
  await tellStatus(kubectl, 'Related', 'supplied');
  await tellPod(kubectl, 'Running');
  log(`released where it stood, ${releaseTook} after the Service was applied, with these values:`);
  const environment = await kubectl('exec', '-n', NAMESPACE, 'deployment/sleep', '-c', 'sleep1', '--', 'env');
  for (const line of environment
    .split('\n')
    .filter((each) => /^(SSE|DB)(_|=)/.test(each))
    .sort())
    log(`  ${line}`);

  chapter('What the operator sees: kubectl get events');
  const events = await kubectl(
    'get',
    'events',
    '-n',
    NAMESPACE,
    '--field-selector',
    'involvedObject.kind=Deployment',
    '-o',
    'json',
  );
  for (const { reason, message } of readEvents(events)) log(`${reason.padEnd(8)} ${message}`);

  console.log(`\nDone: the cluster took ${startTook}, orcon ${deployTook}, the story ${took()}.`);
  console.log('Look around, then `npm run cluster:down`:');
  console.log(`  export KUBECONFIG=${cluster.kubeconfig} PATH=${dirname(cluster.binaries.kubectl)}:$PATH`);
}

/** Gives at each call how long it took since the one before. */
function stopwatch(): () => string {
  let last = Date.now();
  return () => {
    const before = last;
    last = Date.now();
    return duration(last - before);
  };
}

/** Waits until the pod is as kubectl shows it, and shows it. */
async function tellPod(kubectl: Kubectl, state: string): Promise<void> {
  const pods = () => kubectl('get', 'pods', '-n', NAMESPACE, '-l', 'app=sleep', '--no-headers');
  const line = await waitFor(`a pod of Deployment sleep in state ${state}`, pods, (text) => text.includes(state));
  log(`kubectl get pods: ${line.replace(/ {2,}/g, '  ')}`);
}

/** Waits until the workload's status has that phase and says that text, and tells it. */
async function tellStatus(kubectl: Kubectl, phase: string, text: string): Promise<void> {
  const name = configMapName('Deployment', 'sleep');
  const path = `{.metadata.annotations.${STATUS.replaceAll('.', '\\.')}}`;
  const ask = () => kubectl('get', 'configmap', name, '-n', NAMESPACE, '--ignore-not-found', '-o', `jsonpath=${path}`);
  const status = await waitFor(
    `phase ${phase} of Deployment sleep`,
    async () => readStatus(await ask()),
    (each) => each.phase === phase && each.message.includes(text),
  );
  log(`orcon: ${status.phase}: ${status.message}`);
}

function readStatus(json: string): { readonly phase: string; readonly message: string } {
  const { phase = '', message = '' } = json === '' ? {} : JSON.parse(json);
  return { phase, message };
}

function readEvents(json: string): readonly { readonly reason: string; readonly message: string }[] {
  const items: { reason: string; message: string; lastTimestamp: string; source: { component: string } }[] =
    JSON.parse(json).items;
  return items
    .filter(({ source }) => source.component === 'relations-controller')
    .sort((a, b) => a.lastTimestamp.localeCompare(b.lastTimestamp));
}

main().catch((error: unknown) => {
  console.error(`\norcon: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});
