import { setTimeout as pause } from 'node:timers/promises';
import { listPage } from '../../../controller/kube/list.ts';
import { objectAt, objectsAt, textAt } from '../../../relations/json.ts';
import { medianRatio } from '../figures.ts';
import type { Part } from '../part.ts';
import { Shop } from './shop.ts';

const RUNS = 5;
const DEPLOYMENTS = 20;
const REPLICAS = 5;
const PODS = DEPLOYMENTS * REPLICAS;
const SERVICE = 'db';
const SETTLED_MS = 5_000;

/** Many held pods are released at once, against as many that were never held. */
export const releaseMany: Part = {
  name: 'release-many',
  title: `From a Service to the start of ${PODS} pods that waited for it`,
  run: async ({ deployed, log }) => {
    const { client, kubectl, cluster } = await deployed();
    const image = cluster.gateBaseImage;
    const held: number[] = [];
    const plain: number[] = [];
    for (let run = 1; run <= RUNS; run++) {
      held.push(
        await inShop(`orcon-bench-held-${run}`, async (shop) => {
          await deploy(shop, image, false);
          await until(shop, 'held', isHeld);
          await pause(SETTLED_MS);
          const start = Date.now();
          await shop.provide(SERVICE);
          return (await until(shop, 'started', isStarted)) - start;
        }),
      );
      plain.push(
        await inShop(`orcon-bench-plain-${run}`, async (shop) => {
          const start = Date.now();
          await deploy(shop, image, true);
          return (await until(shop, 'started', isStarted)) - start;
        }),
      );
      log(`  run ${run}: released in ${held.at(-1)} ms, never held ${plain.at(-1)} ms`);
    }
    function inShop<T>(name: string, work: (shop: Shop) => Promise<T>): Promise<T> {
      return Shop.open(name, client, kubectl).then(async (shop) => {
        try {
          return await work(shop);
        } finally {
          await shop.close();
        }
      });
    }
    const what = `${PODS} pods`;
    return {
      figures: [
        { what, of: 'held, from the Service on', unit: 'ms', values: held },
        { what, of: 'never held, from the Deployments on', unit: 'ms', values: plain },
      ],
      goals: [
        {
          what: `${PODS} held pods, from the Service until all run, over ${PODS} that were never held`,
          measured: medianRatio(held, plain),
          unit: '',
          bound: 'at most',
          limit: 1,
        },
      ],
      charts: [{ file: 'release-many', title: `Until ${PODS} pods run`, figures: [what] }],
      conditions: [
        `${RUNS} runs of each, in turn; ${DEPLOYMENTS} Deployments with ${REPLICAS} pods each, one node; image present`,
      ],
    };
  },
};

const deploy = (shop: Shop, image: string, plain: boolean): Promise<void> =>
  Shop.each(DEPLOYMENTS, 8, (index) => shop.consumer(`web-${index}`, { service: SERVICE, replicas: REPLICAS, image, plain }));

const isHeld = (pod: unknown): boolean =>
  objectsAt(objectAt(pod, 'status'), 'initContainerStatuses').some(
    ({ state }) => textAt(objectAt(state, 'running'), 'startedAt') !== undefined,
  );
const isStarted = (pod: unknown): boolean => textAt(objectAt(pod, 'status'), 'phase') === 'Running';

/** Waits until all pods are so; gives the moment. */
async function until(shop: Shop, what: string, fits: (pod: unknown) => boolean): Promise<number> {
  const path = `/api/v1/namespaces/${shop.namespace}/pods`;
  for (const end = Date.now() + 600_000; ; await pause(200)) {
    const { items } = await listPage(shop.client, { path, pageSize: undefined }, undefined);
    const fitting = items.filter(fits).length;
    if (fitting === PODS) return Date.now();
    if (Date.now() > end) throw new Error(`${fitting} of ${PODS} pods are ${what} after 10 minutes`);
  }
}
