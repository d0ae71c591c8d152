/**
 * What the webhook adds to an admission, as the API server itself measures it: the histogram
 * `apiserver_admission_webhook_admission_duration_seconds`, over creations of a consumer that are dry runs.
 */
import { type Figure, median } from './figures.ts';
import type { Deployed, Part } from './part.ts';
import { consumer } from './webhook/reviews.ts';

const RUNS = 5;
const WARM_UP = 200;
const CREATES = 200;
const NAMESPACE = 'orcon-bench-admission';
const NAME = 'relations-mutating-webhook.tengu.io';
const LIMIT_MS = 2;

export const admission: Part = {
  name: 'admission',
  title: "The webhook's share of an admission, on the embedded cluster",
  run: async ({ deployed, log }) => {
    const at = await deployed();
    await at.kubectl.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: NAMESPACE, labels: { 'tengu-injector': 'enabled' } },
    });
    try {
      await create(at, WARM_UP, 8);
      const figures: Figure[] = [];
      for (const [what, concurrency] of [
        ['one at a time', 1],
        ['8 at a time', 8],
      ] as const) {
        const shares: number[] = [];
        const wholes: number[] = [];
        for (let run = 1; run <= RUNS; run++) {
          const { shareMs, wholeMs } = await measure(at, concurrency);
          shares.push(shareMs);
          wholes.push(wholeMs);
        }
        log(`${what}: ${RUNS} runs of ${CREATES} creates`);
        figures.push({ what, of: "the webhook's share", unit: 'ms', values: shares });
        figures.push({ what, of: 'the whole request', unit: 'ms', values: wholes });
      }
      const [alone] = figures;
      return {
        figures,
        goals: [
          {
            what: "webhook, mean of its share of an admission, by the API server's histogram",
            measured: median(alone?.values ?? []),
            unit: 'ms',
            bound: 'at most',
            limit: LIMIT_MS,
          },
        ],
        charts: [],
        conditions: [
          `means of ${CREATES} creations of a Deployment as dry runs, ${RUNS} times; the share is the API server's own histogram apiserver_admission_webhook_admission_duration_seconds, the whole is seen from the client`,
          'API server, webhook and client share the processors, so that at 8 at a time the share is mostly waiting for one',
        ],
      };
    } finally {
      await at.kubectl('delete', 'namespace', NAMESPACE);
    }
  },
};

/** Means of the share by the histogram and of the whole request, milliseconds. */
async function measure(at: Deployed, concurrency: number): Promise<{ readonly shareMs: number; readonly wholeMs: number }> {
  const before = await histogram(at);
  const durations = await create(at, CREATES, concurrency);
  const after = await histogram(at);
  const calls = after.count - before.count;
  if (calls < CREATES) throw new Error(`the API server called the webhook ${calls} times for ${CREATES} creations`);
  return {
    shareMs: ((after.sum - before.sum) / calls) * 1000,
    wholeMs: durations.reduce((sum, each) => sum + each, 0) / durations.length,
  };
}

/** Creates the consumer that often, as dry runs; gives how long each took, in milliseconds. */
async function create({ client }: Deployed, count: number, concurrency: number): Promise<readonly number[]> {
  const durations: number[] = [];
  const body = consumer(NAMESPACE);
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const start = performance.now();
      const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
      await client.request({ method: 'POST', path, query: { dryRun: 'All' }, body });
      durations.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return durations;
}

async function histogram({ kubectl }: Deployed): Promise<{ readonly sum: number; readonly count: number }> {
  const lines = (await kubectl('get', '--raw', '/metrics')).split('\n').filter((line) => line.includes(`name="${NAME}"`));
  const total = (series: string) =>
    lines
      .filter((line) => line.startsWith(`apiserver_admission_webhook_admission_duration_seconds_${series}{`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  return { sum: total('sum'), count: total('count') };
}
