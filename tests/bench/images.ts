/** How large the images are, and how much memory the gate takes: on the embedded cluster, which has the gate's base image. */
import * as z from 'zod/mini';
import { writeContexts } from '../../infra/contexts.ts';
import { GATE_CONTAINER } from '../../infra/names.ts';
import { NODE_NAME } from '../../local/cluster/index.ts';
import { waitFor } from '../../local/kubectl.ts';
import { type Figure, type Goal, median } from './figures.ts';
import { imageSizes } from './image-sizes.ts';
import type { Deployed, Part } from './part.ts';

const NAMESPACE = 'orcon-bench-images';

const PODS = 5;
const GATE_LIMIT_MB = 2;
const MB = 1e6;

export const images: Part = {
  name: 'images',
  title: 'Size of the images, and memory of the gate',
  run: async (bench) => {
    const deployed = await bench.deployed();
    const { nodeImage: node, gateBaseImage } = deployed.cluster;
    const { figures, goals } = await imageSizes(await writeContexts(), { node, gate: gateBaseImage });
    const gate = await gateMemory(deployed);
    const gateGoal: Goal = {
      what: 'memory of a gate container',
      measured: median(gate.values),
      unit: 'MB',
      bound: 'at most',
      limit: GATE_LIMIT_MB,
    };
    return {
      figures: [...figures, gate],
      goals: [...goals, gateGoal],
      charts: [],
      conditions: [
        'Sizes are those of the archive that an image adds to its base, unpacked and as gzip has it; webhook and controller share their base, Node.',
        `Memory is the working set that the kubelet tells (\`kubectl top\` shows it), of ${PODS} pods that are held.`,
      ],
    };
  },
};

async function gateMemory({ kubectl, cluster }: Deployed): Promise<Figure> {
  await kubectl('delete', 'namespace', NAMESPACE, '--ignore-not-found');
  await kubectl.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: { 'tengu-injector': 'enabled' } },
  });
  try {
    await kubectl.apply(consumer(cluster.gateBaseImage));
    const values = await waitFor(
      `the kubelet's figures of ${PODS} gates`,
      async () => gatesIn(JSON.parse(await kubectl('get', '--raw', `/api/v1/nodes/${NODE_NAME}/proxy/stats/summary`))),
      (found) => found.length === PODS,
      120,
    );
    return { what: 'memory of a gate container', of: 'working set', unit: 'MB', values: values.map((bytes) => bytes / MB) };
  } finally {
    await kubectl('delete', 'namespace', NAMESPACE);
  }
}

const summarySchema = z.object({
  pods: z.array(
    z.object({
      podRef: z.object({ namespace: z.string() }),
      containers: z.optional(
        z.array(z.object({ name: z.string(), memory: z.optional(z.object({ workingSetBytes: z.optional(z.number()) })) })),
      ),
    }),
  ),
});

/** Bytes of each gate of which the kubelet knows a figure yet. */
const gatesIn = (summary: unknown): number[] =>
  summarySchema
    .parse(summary)
    .pods.filter(({ podRef }) => podRef.namespace === NAMESPACE)
    .flatMap(({ containers = [] }) => containers.filter(({ name }) => name === GATE_CONTAINER))
    .flatMap(({ memory }) => memory?.workingSetBytes || []);

/** Consumers whose provider never comes. */
function consumer(image: string): object {
  const labels = { app: 'held' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'held',
      namespace: NAMESPACE,
      annotations: { 'tengu.io/consumes': 'nothing', 'tengu.io/relations': 'nobody' },
    },
    spec: {
      replicas: PODS,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name: 'app', image, imagePullPolicy: 'IfNotPresent', command: ['sleep', '3600'] }],
        },
      },
    },
  };
}
