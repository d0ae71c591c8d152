import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { clusterStatus, startCluster, startPart, stopCluster } from '../../../local/cluster/index.ts';
import { identify } from '../../../local/cluster/processes.ts';
import { currentBoot, readRecord, writeRecord } from '../../../local/cluster/record.ts';
import { inFolder, record } from './fixtures.ts';

const before = process.env.ORCON_STATE;
afterEach(() => {
  if (before === undefined) delete process.env.ORCON_STATE;
  else process.env.ORCON_STATE = before;
});

/** A machine where another checkout's cluster runs: this very process plays its part. */
function withAnothersCluster(work: (file: string, checkout: string) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    process.env.ORCON_STATE = join(folder, 'state');
    const checkout = join(folder, 'other-checkout');
    mkdirSync(checkout);
    const file = join(folder, 'state', 'record.json');
    const ours = identify(process.pid);
    if (!ours) throw new Error('this process cannot be found in /proc');
    writeRecord(file, { ...record, checkout, boot: currentBoot(), processes: { etcd: ours } });
    await work(file, checkout);
  });
}

test('a start is refused where the cluster of another living checkout runs, and that one is left alone', () =>
  withAnothersCluster(async (file, checkout) => {
    const told: string[] = [];
    const starting = startCluster({ takeOver: false, fresh: true, log: (line) => told.push(line) });
    await expect(starting).rejects.toThrow(`${checkout} (running since`);
    expect(told).toEqual([]);
    expect(readRecord(file)?.checkout).toBe(checkout);
  }));

test("another living checkout's cluster is not ended without being taken over", () =>
  withAnothersCluster(async (file, checkout) => {
    await expect(stopCluster({ takeOver: false, log: () => {} })).rejects.toThrow(checkout);
    expect(readRecord(file)?.checkout).toBe(checkout);
  }));

test("a part of another checkout's cluster is not touched", () =>
  withAnothersCluster(async () => {
    await expect(startPart('etcd')).rejects.toThrow('npm run cluster:up');
  }));

test("the status tells whose cluster runs, also another checkout's", () =>
  withAnothersCluster(async (_, checkout) => {
    expect(await clusterStatus()).toMatchObject({ checkout, isOurs: false, phase: 'running', started: record.started });
  }));

test('where nothing was started there is no status, and nothing to end', () =>
  inFolder(async (folder) => {
    process.env.ORCON_STATE = join(folder, 'state');
    expect(await clusterStatus()).toBeUndefined();
  }));
