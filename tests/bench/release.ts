/**
 * From the creation of a Service to the first line that an app prints which waited for it, on the embedded
 * cluster, image present. Three ways, run in turn:
 *
 * - the kubelet holds (`hold: kubelet`), orcon releases in place
 * - the gate container holds (`hold: container`), orcon releases in place
 * - the prototype's way: the environment of the pod template is patched and the Deployment makes a new pod. The patch is sent
 *   from here together with the Service, so the time in which a controller would notice the Service is not counted. Twice: with
 *   no gate at all in the template, which is as quick as a new pod can be, and with an init container that looks for the
 *   variable, as the prototype's webhook put one into every template.
 */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import type { Client } from '../../controller/kube/client.ts';
import { podSelector, WEBHOOK } from '../../infra/names.ts';
import type { Log } from '../../local/cluster/index.ts';
import { deploy, outputOf, STACK } from '../../local/deploy.ts';
import { type Kubectl, waitFor } from '../../local/kubectl.ts';
import type { Pulumi } from '../../local/pulumi/pulumi.ts';
import { type Figure, type Goal, median } from './figures.ts';
import type { Deployed, Findings, Part } from './part.ts';

const RUNS = 10;
/**
 * How long a pod is held, or runs, before its Service comes. A kubelet that has just looked at a pod looks again only after the
 * runtime was listed anew, once a second (pleg.go); pods that wait for a Service wait longer than that.
 */
const SETTLED_MS = 3_000;
/**
 * How often the kubelet lists what the runtime has, by which it learns that a gate has ended. What it was seen to do last was done
 * just after such a list, so without care every Service would come at the same moment of that second; they come evenly spread over it.
 */
const LISTED_EVERY_MS = 1_000;
const NAMESPACE = 'orcon-bench-release';

type Hold = 'kubelet' | 'container';
const GOALS: { readonly [hold in Hold]: number } = { kubelet: 0.5, container: 1.0 };

const KINDS_OF_START = {
  ours: 'orcon, released in place',
  patched: 'env patched, no gate',
  patchedWithGate: 'env patched, gate in the pod',
} as const;

const WHAT: { readonly [hold in Hold]: string } = {
  kubelet: 'held by the kubelet alone',
  container: 'held by the gate container',
};

export const release: Part = {
  name: 'release',
  title: 'From the creation of a Service to the first line of the app that waited for it',
  run: async (bench) => {
    const deployed = await bench.deployed();
    const { pulumi, kubectl } = deployed;
    const found: Array<Pick<Findings, 'figures' | 'goals'>> = [];
    try {
      for (const hold of ['container', 'kubelet'] as const) {
        await deployWith(pulumi, kubectl, hold, bench.log);
        found.push(await measure(deployed, hold, bench.log));
      }
    } finally {
      await deploy(pulumi, bench.log);
    }
    return {
      figures: found.flatMap(({ figures }) => figures),
      goals: found.flatMap(({ goals }) => goals),
      charts: [
        { file: 'release', title: 'From a Service to the first line of the app', figures: [WHAT.kubelet, WHAT.container] },
      ],
      conditions: [
        `${RUNS} runs of each, in turn; the image is present on the node`,
        "the Service comes at moments evenly spread over the second from one of the kubelet's lists of the runtime to the next",
      ],
    };
  },
};

/** Deploys orcon with that setting, from a copy of the stack's file: the checkout stays as it is. */
async function deployWith(pulumi: Pulumi, kubectl: Kubectl, hold: Hold, log: Log): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'orcon-bench-'));
  const file = join(folder, `Pulumi.${STACK}.yaml`);
  copyFileSync(fileURLToPath(new URL(`../../Pulumi.${STACK}.yaml`, import.meta.url)), file);
  const settings = parseDocument(readFileSync(file, 'utf8'));
  settings.setIn(['config', 'orcon:hold'], hold);
  writeFileSync(file, String(settings));
  await deploy(pulumi, log, ['--config-file', file]);
  rmSync(folder, { recursive: true });
  // The webhook reads its settings again by itself, once the kubelet has brought them; new pods have them at once.
  const namespace = await outputOf(pulumi, 'namespace');
  await kubectl('rollout', 'restart', `deployment/${WEBHOOK}`, '-n', namespace);
  await kubectl('rollout', 'status', `deployment/${WEBHOOK}`, '-n', namespace, '--timeout=120s');
  // Those that go still answer, with the settings of before, until the API server has left them.
  const pods = async () =>
    JSON.parse(await kubectl('get', 'pods', '-n', namespace, '-l', podSelector('webhook'), '-o', 'json')).items;
  const goes = ({ metadata }: { metadata: { deletionTimestamp?: string } }) => metadata.deletionTimestamp !== undefined;
  await waitFor(
    'the end of the webhook pods of before',
    async () => (await pods()).filter(goes).length,
    (left) => left === 0,
  );
}

async function measure(at: Deployed, hold: Hold, log: Log): Promise<Pick<Findings, 'figures' | 'goals'>> {
  const { kubectl } = at;
  await kubectl('delete', 'namespace', NAMESPACE, '--ignore-not-found');
  await kubectl.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: { 'tengu-injector': 'enabled' } },
  });
  const ours: number[] = [];
  const patched: number[] = [];
  const patchedWithGate: number[] = [];
  for (let run = 1; run <= RUNS; run++) {
    const settledMs = SETTLED_MS + (run / RUNS) * LISTED_EVERY_MS;
    ours.push(await releaseInPlace(at, `held-${run}`, hold, settledMs));
    patched.push(await patchByHand(at, `patched-${run}`, false, settledMs));
    patchedWithGate.push(await patchByHand(at, `gated-${run}`, true, settledMs));
    log(`hold: ${hold}, run ${run} of ${RUNS}`);
  }
  await kubectl('delete', 'namespace', NAMESPACE);
  const figure = (of: string, values: readonly number[]): Figure => ({ what: WHAT[hold], of, unit: 'ms', values });
  const goal = (of: string, values: readonly number[]): Goal => ({
    what: `${WHAT[hold]}, of ${of}`,
    measured: median(ours) / median(values),
    unit: '',
    bound: 'at most',
    limit: GOALS[hold],
  });
  return {
    figures: [
      figure(KINDS_OF_START.ours, ours),
      figure(KINDS_OF_START.patched, patched),
      figure(KINDS_OF_START.patchedWithGate, patchedWithGate),
    ],
    goals: [goal(KINDS_OF_START.patched, patched), goal(KINDS_OF_START.patchedWithGate, patchedWithGate)],
  };
}

/** Milliseconds from the Service to the first line of an app whose pod is held. */
async function releaseInPlace(at: Deployed, name: string, hold: Hold, settledMs: number): Promise<number> {
  await at.kubectl.apply(deployment(name, at.cluster.gateBaseImage, { 'tengu.io/consumes': name, 'tengu.io/relations': name }));
  const waits =
    hold === 'kubelet'
      ? '{.items[*].status.containerStatuses[*].state.waiting.reason}'
      : '{.items[*].status.initContainerStatuses[*].state.running}';
  const pods = () => at.kubectl('get', 'pods', '-n', NAMESPACE, '-l', `app=${name}`, '-o', `jsonpath=${waits}`);
  const isHeld = (text: string) => (hold === 'kubelet' ? text === 'CreateContainerConfigError' : text !== '');
  await waitFor(`a held pod of ${name}`, pods, isHeld);
  return firstLineAfter(at, name, 'app', settledMs, () => createService(at.client, name));
}

/** The same for a pod without the value that is replaced by one that has it. */
async function patchByHand(at: Deployed, name: string, gated: boolean, settledMs: number): Promise<number> {
  const { kubectl, client, cluster } = at;
  const image = cluster.gateBaseImage;
  const gate = {
    name: 'gate',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['sh', '-c', '[ -n "$SSE" ] || exec sleep 3600'],
  };
  await kubectl.apply(deployment(name, image, {}, gated ? [gate] : []));
  const state = '{.items[*].status.initContainerStatuses[*].state.running}{.items[*].status.containerStatuses[*].state.running}';
  const running = () => kubectl('get', 'pods', '-n', NAMESPACE, '-l', `app=${name}`, '-o', `jsonpath=${state}`);
  await waitFor(`a running container of ${name}`, running, (text) => text !== '');
  const env = [{ name: 'SSE', value: `${name}.${NAMESPACE}.svc` }];
  const spec = { containers: [{ name: 'app', env }], ...(gated ? { initContainers: [{ name: 'gate', env }] } : {}) };
  const body = { spec: { template: { metadata: { labels: { patched: name } }, spec } } };
  const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${name}`;
  const patch = () => client.request({ method: 'PATCH', path, body, contentType: 'application/strategic-merge-patch+json' });
  return firstLineAfter(at, name, 'patched', settledMs, () => Promise.all([createService(client, name), patch()]));
}

/** Waits, does `act`, and reads from the log of the pod with that label when its app printed its first line: one clock, this machine's. */
async function firstLineAfter(
  { kubectl }: Deployed,
  name: string,
  label: string,
  settledMs: number,
  act: () => Promise<unknown>,
): Promise<number> {
  await pause(settledMs);
  const start = Date.now();
  await act();
  const logs = () => kubectl('logs', '-n', NAMESPACE, '-l', `${label}=${name}`, '-c', 'app', '--timestamps').catch(() => '');
  const text = await waitFor(`the first line of ${name}`, logs, (each) => each.includes('started'));
  await kubectl('delete', 'deployment,service', name, '-n', NAMESPACE);
  return Date.parse(text.split(' ')[0] ?? '') - start;
}

function createService(client: Client, name: string): Promise<unknown> {
  const metadata = { name, namespace: NAMESPACE, labels: { 'tengu.io/provides': name } };
  const body = { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } };
  return client.request({ method: 'POST', path: `/api/v1/namespaces/${NAMESPACE}/services`, body });
}

function deployment(
  name: string,
  image: string,
  annotations: Readonly<Record<string, string>>,
  initContainers: readonly object[] = [],
): object {
  const container = {
    name: 'app',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['sh', '-c', 'echo started; exec sleep 3600'],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE, annotations },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { terminationGracePeriodSeconds: 0, initContainers, containers: [container] },
      },
    },
  };
}
