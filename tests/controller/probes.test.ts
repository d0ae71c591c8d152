import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../fake-api/until.ts';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

describe('with the API server away', () => {
  test('readiness says so after 150 s, the process stays alive, and all is well when it is back', async () => {
    const process = stage.start();
    await process.rest();
    const away = stage.api.faults.add({}, { reset: 'beforeWork' });
    for (const watch of stage.api.watches()) watch.reset();
    await until('it is noticed', () => process.said('lost contact'));
    process.clock.advance(150_001);
    expect(process.controller.whyNotReady()).toEqual(['nothing was heard from the API server for 150 s']);
    expect(await process.metric('api_silence_seconds')).toBeGreaterThan(150);
    process.clock.advance(3_600_000);
    expect(process.controller.whyNotLive()).toEqual([]);
    away.release();
    await until('it is ready again', () => {
      process.clock.advance(1_000);
      return process.controller.whyNotReady().length === 0;
    });
  });

  test('every loss of contact is a line that names the resource', async () => {
    const process = await stage.leading();
    stage.api.faults.add({ verb: 'watch', resource: 'services' }, { answer: 403 }, 1);
    for (const watch of stage.api.watches('services')) watch.end();
    await until('it is said', () => process.said('lost contact'));
    const line = process.lines.find(({ msg }) => msg === 'lost contact');
    expect([line?.resource, line?.error]).toEqual([
      'services',
      expect.stringMatching(/the account needs the verb watch on services/),
    ]);
  });
});

test('liveness fails when a pass does not end', async () => {
  stage.service('db', 'db', 5432);
  const process = await stage.leading();
  const stall = stage.api.faults.add({ verb: 'create', resource: 'configmaps' }, { stall: true });
  stage.consumer('web');
  await until('its write is under way', () => stall.met === 1);
  expect(process.controller.whyNotLive()).toEqual([]);
  process.clock.freeze(901_000);
  expect(process.controller.whyNotLive()).toEqual(['the pass over Deployment/shop/web has been running for 901 s']);
  stall.release();
});
