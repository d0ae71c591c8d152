import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ControllerProcess } from './process.ts';
import { Stage } from './stage.ts';

let stage: Stage;
let process: ControllerProcess;
beforeEach(async () => {
  stage = await Stage.open();
  stage.service('db', 'db', 5432);
  for (const name of ['a', 'b']) stage.consumer(name);
  process = stage.start();
  await process.leading();
  await process.pass(10);
  for (const name of ['a', 'b']) stage.pod(`${name}-1`, name);
});
afterEach(() => stage.close());

describe('the sweep', () => {
  test('sees to the others when one pod cannot be touched', async () => {
    stage.api.faults.add({ verb: 'patch', resource: 'pods', name: 'a-1' }, { answer: 403 });
    await process.pass(60);
    expect([stage.touchOf('a-1'), stage.touchOf('b-1')]).toEqual([undefined, expect.stringMatching(/^TENGU_PERMIT_0_salt2 \d$/)]);
    expect(process.said('could not touch waiting pods; the next sweep will')).toBe(true);
  });

  test('comes again in a moment when the list of pods fails', async () => {
    stage.api.faults.add({ verb: 'list', resource: 'pods' }, { answer: 500 }, 1);
    await process.pass(60);
    expect(process.said('a sweep failed; the next one comes')).toBe(true);
    expect(stage.touchOf('a-1')).toMatch(/^TENGU_PERMIT_0_salt1 \d$/);
  });

  test('ends with the process', async () => {
    await process.stop();
    const since = stage.now;
    process.clock.advance(120_000);
    await new Promise(setImmediate);
    expect(stage.api.requests.slice(since)).toEqual([]);
  });
});
