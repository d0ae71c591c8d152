import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../fake-api/until.ts';
import type { ControllerProcess } from './process.ts';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

describe('the metrics', () => {
  const names = async (process: ControllerProcess) => (await process.metrics.registry.getMetricsAsJSON()).map(({ name }) => name);

  test('are all there from the start', async () => {
    const process = stage.start();
    await process.rest();
    expect(await names(process)).toEqual(
      expect.arrayContaining(
        [
          'workloads',
          'release_seconds',
          'pass_duration_seconds',
          'passes_total',
          'queue_depth',
          'queue_delayed',
          'queue_standing_back',
          'queue_oldest_seconds',
          'rolls',
          'rolls_waiting',
          'lists_total',
          'watch_ends_total',
          'api_requests_total',
          'api_silence_seconds',
          'leader',
          'build_info',
        ].map((name) => `orcon_controller_${name}`),
      ),
    );
  });

  test('tell why a watch ended and why it was listed again', async () => {
    stage.service('db', 'db', 5432);
    const process = await stage.leading();
    stage.service('other', 'other');
    await process.rest();
    stage.api.store.compact();
    stage.consumer('web');
    stage.api.store.compact();
    for (const watch of stage.api.watches('services')) watch.reset();
    await until('the watch is gone', () => process.said('lost contact'));
    await process.pass(10);
    expect(await process.metric('watch_ends_total', { resource: 'services', reason: 'reset' })).toBe(1);
    expect(await process.metric('watch_ends_total', { resource: 'services', reason: 'gone' })).toBe(1);
    expect(await process.metric('lists_total', { resource: 'services', reason: 'gone' })).toBe(1);
    expect(stage.phase('web')).toBe('Related');
  });

  test('count passes, failed ones apart, and say who leads', async () => {
    stage.service('db', 'db', 5432);
    const process = await stage.leading();
    stage.api.faults.add({ verb: 'create', resource: 'configmaps' }, { answer: 500 }, 1);
    stage.consumer('web');
    await process.rest();
    expect(await process.metric('passes_total', { result: 'failed' })).toBe(1);
    expect([await process.metric('leader'), await process.metric('queue_delayed')]).toEqual([1, 1]);
    expect(await process.metric('api_requests_total', { verb: 'create', code: '500' })).toBe(1);
  });

  test('have no label with what users make up', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    expect(await process.metrics.registry.metrics()).not.toMatch(/shop|web|Deployment\//);
  });

  test('say how many workloads wait for one of the 8 workers, and how long the first has waited', async () => {
    const process = await stage.leading();
    const stall = stage.api.faults.add({ verb: 'create', resource: 'configmaps' }, { stall: true });
    for (let count = 0; count < 10; count += 1) stage.consumer(`web-${count}`);
    await until('every worker is busy', () => stall.met === 8);
    process.clock.advance(5_000);
    expect([await process.metric('queue_depth'), await process.metric('queue_oldest_seconds')]).toEqual([2, 5]);
    stall.release();
    await process.rest();
    expect([await process.metric('queue_depth'), await process.metric('queue_oldest_seconds')]).toEqual([0, 0]);
    // 8 passes that took 5 s, and 2 that waited as long.
    expect(await sum(process, 'pass_duration_seconds')).toBeGreaterThanOrEqual(50);
  });

  test('measure a release from the event that completed the relations', async () => {
    stage.consumer('web');
    stage.pod('web-1', 'web');
    const process = await stage.leading();
    const stall = stage.api.faults.add({ verb: 'patch', resource: 'configmaps' }, { stall: true }, 1);
    stage.service('db', 'db', 5432);
    await until('the write is under way', () => stall.met === 1);
    process.clock.advance(3_000);
    stall.release();
    await until('it is released', () => stage.touchOf('web-1') !== undefined);
    await process.rest();
    const seconds = await sum(process, 'release_seconds');
    expect(seconds).toBeGreaterThanOrEqual(3);
    expect(seconds).toBeLessThan(4);
  });
});

/** The sum of what a histogram has observed. */
async function sum(process: ControllerProcess, name: string): Promise<number | undefined> {
  const full = `orcon_controller_${name}`;
  const line = (await process.metrics.registry.metrics()).split('\n').find((each) => each.startsWith(`${full}_sum `));
  return Number(line?.split(' ')[1]);
}
