/** Taking away what is left of orcon, in the order in which nobody misses anything. */
import { setTimeout as pause } from 'node:timers/promises';
import { corePath } from '../../controller/key.ts';
import { isApiTrouble } from '../../controller/kube/api-error.ts';
import type { Client } from '../../controller/kube/client.ts';
import { leasePath } from '../../controller/kube/lease.ts';
import type { ConfigMapView } from '../../relations/configmap.ts';
import { findLeft, findReaders, type Left, readersOf, type Traced } from './left.ts';
import { few, nameOf } from './report.ts';
import { isThrough, remove, restore } from './restore.ts';

/** Workloads that are restored, and so rolled, at the same time. */
export const AT_A_TIME = 20;

export interface CleanOptions {
  readonly namespaces: readonly string[];
  readonly log: (line: string) => void;
  /** Milliseconds between two looks, for a roll-out to get on, and for its last pods to end. */
  readonly lookEveryMs?: number;
  readonly rollMs?: number;
  readonly endMs?: number;
}

/**
 * Restores every workload and waits for its pods to be replaced; then deletes the ConfigMaps that nobody reads any more, and the
 * Leases. Each step can be done again: what an interrupted run has left is the next one's.
 *
 * @returns what could not be done, a line each
 */
export async function clean(client: Client, left: Left, options: CleanOptions): Promise<readonly string[]> {
  const failures = await inTurns(left.workloads, (workload) => restoreOne(client, workload, options));
  for (const { namespace, name, uid } of left.leases) await remove(client, leasePath(namespace, name), uid);
  const lingering = left.workloads.filter(({ ownPace }) => ownPace !== undefined);
  return [...failures, ...(await deleteConfigMaps(client, lingering, options))];
}

/** Does the work for all, so many at a time, and gives what it gave. */
async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<string | undefined>): Promise<readonly string[]> {
  const said: string[] = [];
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) said.push(...[(await work(item)) ?? []].flat());
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return said;
}

/** Gives what went wrong, if anything did; the others go on. */
async function restoreOne(client: Client, workload: Traced, options: CleanOptions): Promise<string | undefined> {
  const { log, lookEveryMs = 500, rollMs = 600_000 } = options;
  const name = nameOf(workload);
  try {
    if (!(await restore(client, workload)))
      return `${name}: stamped again at once, by a webhook of orcon that is still there: \`pulumi destroy\` comes first`;
    log(`${name}: restored${workload.ownPace === undefined ? '' : `; ${workload.ownPace}`}`);
    const end = Date.now() + rollMs;
    while (!(await isThrough(client, workload))) {
      if (Date.now() > end) return `${name}: restored, and its roll-out has not come through (kubectl describe it)`;
      await pause(lookEveryMs);
    }
    return undefined;
  } catch (error) {
    if (isApiTrouble(error)) return `${name}: ${error.message}`;
    throw error;
  }
}

/**
 * Deletes what nobody reads, and waits a while for pods that are about to end; not for Jobs, which take their time, nor for pods of
 * `lingering` workloads, which no roll-out replaces. The ConfigMap of a workload that could not be restored stays in any case: its
 * next pod reads it.
 */
async function deleteConfigMaps(client: Client, lingering: readonly Traced[], options: CleanOptions): Promise<readonly string[]> {
  const { namespaces, log, lookEveryMs = 500, endMs = 90_000 } = options;
  const end = Date.now() + endMs;
  const left = await findLeft(client, namespaces);
  let waiting = left.configMaps.filter((configMap) => !isOfOneOf(left.workloads, configMap));
  for (let readers: Pick<Left, 'pods' | 'jobs'> = left; ; readers = await findReaders(client, namespaces)) {
    const read = waiting.map((configMap) => ({ configMap, by: readersOf(configMap, readers) }));
    for (const { configMap } of read.filter(({ by }) => by.length === 0)) {
      const { namespace, name, uid } = configMap;
      await remove(client, corePath('configmaps', namespace, name), uid);
      log(`ConfigMap ${namespace}/${name}: deleted`);
    }
    const kept = read.filter(({ by }) => by.length > 0);
    waiting = kept.map(({ configMap }) => configMap);
    const ending = kept.some(
      ({ configMap, by }) => !isOfOneOf(lingering, configMap) && !by.some((reader) => reader.startsWith('Job ')),
    );
    if (!ending || Date.now() > end) return kept.map(({ configMap, by }) => staying(configMap, by));
    await pause(lookEveryMs);
  }
}

const isOfOneOf = (workloads: readonly Traced[], { namespace, name }: ConfigMapView): boolean =>
  workloads.some((workload) => workload.namespace === namespace && workload.configMap === name);

const staying = ({ namespace, name }: ConfigMapView, by: readonly string[]): string =>
  `ConfigMap ${namespace}/${name}: stays for ${few(by)}; run this again when that is gone`;
