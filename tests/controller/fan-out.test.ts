import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../fake-api/until.ts';
import type { ControllerProcess } from './process.ts';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

const names = ['a', 'b', 'c', 'd', 'e'];
const rolled = () => names.filter((name) => stage.epoch(name) === 1);
const told = () => names.filter((name) => stage.message(name).includes('waits for its turn'));
const patches = () => stage.api.seen({ verb: 'patch', resource: 'deployments.apps' }).length;

/** Five consumers of one Service, of which two may roll at once, and its port changes. */
async function changed(): Promise<ControllerProcess> {
  stage.service('db', 'db', 5432);
  for (const name of names) {
    stage.consumer(name);
    stage.finishRollout(name);
  }
  const process = stage.start({ maxRolls: 2 });
  await process.leading();
  stage.patchService('db', { spec: { ports: [{ port: 6432 }] } });
  await process.rest();
  return process;
}

describe('a changed value with many consumers', () => {
  test('reaches every ConfigMap at once, rolls as many as may, and the status of the others says that they wait', async () => {
    const process = await changed();
    expect(names.map((name) => stage.values(name).DB_PORT)).toEqual(names.map(() => '6432'));
    expect([rolled().length, told().length]).toEqual([2, 3]);
    expect(told().filter((name) => rolled().includes(name))).toEqual([]);
    expect([await process.metric('rolls'), await process.metric('rolls_waiting')]).toEqual([2, 3]);
  });

  test('rolls the next one when a roll-out is complete, until all are through', async () => {
    const process = await changed();
    for (let finished = 0; finished < 5; finished += 1) {
      const [next] = rolled().filter((name) => Number(stage.workload(name).metadata.generation) > 1 && !isComplete(name));
      expect(next).toBeDefined();
      stage.finishRollout(String(next));
      await process.rest();
      expect(rolled().length).toBe(Math.min(5, finished + 3));
    }
    expect([told(), patches(), await process.metric('rolls')]).toEqual([[], 5, 0]);
  });

  test('is not held up by roll-outs that stand still: after their progress deadline others go on', async () => {
    const process = await changed();
    await process.pass(599);
    expect(rolled().length).toBe(2);
    await process.pass(2);
    expect([rolled().length, process.said('a roll-out makes no progress: its turn is over, others go on')]).toEqual([4, true]);
  });

  test('is not held up by a workload whose roll is refused', async () => {
    stage.api.faults.add({ verb: 'patch', resource: 'deployments.apps', name: 'a' }, { answer: 422 });
    stage.api.faults.add({ verb: 'patch', resource: 'deployments.apps', name: 'b' }, { answer: 422 });
    const process = await changed();
    for (const name of ['c', 'd', 'e']) {
      await process.pass(1);
      stage.finishRollout(name);
    }
    await process.pass(1);
    expect([rolled(), stage.events('a')]).toEqual([
      ['c', 'd', 'e'],
      ['Related', 'RollRefused'],
    ]);
  });

  test('asks for a refused roll again after a while, longer each time', async () => {
    const refusal = stage.api.faults.add({ verb: 'patch', resource: 'deployments.apps', name: 'a' }, { answer: 422 });
    const process = await changed();
    for (const name of ['b', 'c', 'd', 'e']) {
      stage.finishRollout(name);
      await process.rest();
    }
    await process.pass(8);
    expect(refusal.met).toBe(4);
    expect(stage.api.seen({ verb: 'patch', resource: 'configmaps', name: 'relations-deployment-a' })).toHaveLength(2);
    refusal.release();
    await process.pass(8);
    expect(rolled()).toContain('a');
  });

  test('goes on after a change of leaders with the roll-outs that are under way counted', async () => {
    const process = await changed();
    const since = stage.now;
    const next = await stage.restarted(process, { maxRolls: 2 });
    expect([rolled().length, stage.writes(since)]).toEqual([2, []]);
    for (const name of rolled()) stage.finishRollout(name);
    await next.rest();
    expect(rolled().length).toBe(4);
  });

  test('that changes back rolls those again that had rolled, and the others once', async () => {
    const process = await changed();
    stage.patchService('db', { spec: { ports: [{ port: 5432 }] } });
    await process.rest();
    for (let round = 0; round < 8; round += 1) {
      for (const name of names) stage.finishRollout(name);
      await process.rest();
    }
    expect(names.map((name) => stage.values(name).DB_PORT)).toEqual(names.map(() => '5432'));
    expect([patches(), told()]).toEqual([7, []]);
  });

  test('that changes again while rolls let other ConfigMaps go first rolls once for both', async () => {
    stage.service('db', 'db', 5432);
    for (const name of names) {
      stage.consumer(name);
      stage.finishRollout(name);
    }
    const process = await stage.leading();
    const stall = (verb: 'create' | 'patch', resource: string) => stage.api.faults.add({ verb, resource }, { stall: true });
    const [created, written] = [stall('create', 'configmaps'), stall('patch', 'configmaps')];
    const patched = stall('patch', 'deployments.apps');
    for (const name of ['x', 'y', 'z']) stage.consumer(name);
    stage.patchService('db', { spec: { ports: [{ port: 6432 }] } });
    await until('every worker has a write under way', () => created.met + written.met === 8);
    for (const name of ['p', 'q', 'r', 's', 't', 'u']) stage.consumer(name);
    await process.heard();
    written.release();
    await until('every worker has a write under way, and one ConfigMap waits', () => created.met === 8);
    stage.patchService('db', { spec: { ports: [{ port: 7432 }] } });
    await process.heard();
    created.release();
    patched.release();
    await process.rest();
    expect(names.map((name) => stage.values(name).DB_PORT)).toEqual(names.map(() => '7432'));
    const rolls = (name: string) => stage.api.seen({ verb: 'patch', resource: 'deployments.apps', name }).length;
    // Had it taken a second and a half, two of them would have rolled in between.
    expect(names.slice(2).map(rolls)).toEqual([1, 1, 1]);
  });
});

describe('a Service that appears with many consumers', () => {
  const many = Array.from({ length: 60 }, (_, index) => `web-${index}`);
  const supplied = () => many.filter((name) => stage.permits(name).length === 1).length;
  const touched = () => many.filter((name) => stage.touchOf(`${name}-1`) !== undefined).length;

  test('supplies all of them before it looks for a pod or writes an Event', async () => {
    for (const name of many) stage.consumer(name);
    const process = await stage.leading();
    const pods = stage.api.faults.add({ verb: 'list', resource: 'pods' }, { stall: true });
    const events = stage.api.faults.add({ verb: 'create', resource: 'events' }, { stall: true });
    stage.service('db', 'db', 5432);
    await until('all are supplied', () => supplied() === many.length);
    pods.release();
    events.release();
    await process.rest();
    expect(stage.events('web-59')).toEqual(['Held', 'Related']);
  });

  test('releases all of their pods, which it finds by a few lists', async () => {
    for (const name of many) {
      stage.consumer(name);
      stage.pod(`${name}-1`, name);
    }
    const process = await stage.leading();
    const lists = () => stage.api.seen({ verb: 'list', resource: 'pods' }).length;
    const before = lists();
    stage.service('db', 'db', 5432);
    await process.rest();
    expect(touched()).toBe(many.length);
    expect(lists() - before).toBeLessThan(20);
  });

  test('is asked for once when it goes', async () => {
    for (const name of many) stage.consumer(name);
    stage.service('db', 'db', 5432);
    const process = await stage.leading();
    stage.deleteService('db');
    await process.rest();
    expect(many.filter((name) => stage.phase(name) === 'Broken')).toHaveLength(many.length);
    expect(stage.api.seen({ verb: 'get', resource: 'services' })).toHaveLength(1);
  });
});

describe('Events', () => {
  test('are written one after the other, and the rest of them before the process ends', async () => {
    for (const name of names) stage.consumer(name);
    const process = await stage.leading();
    const first = stage.api.faults.add({ verb: 'create', resource: 'events' }, { stall: true });
    stage.service('db', 'db', 5432);
    await until('the first is under way', () => first.met === 1);
    await until('all are supplied', () => names.every((name) => stage.permits(name).length === 1));
    await process.heard();
    expect(first.met).toBe(1);
    const stopped = process.stop();
    first.release();
    await stopped;
    expect(names.map((name) => stage.events(name))).toEqual(names.map(() => ['Held', 'Related']));
  });

  test('that the API server asks to send later are sent later, and no ConfigMap waits with them', async () => {
    const process = await stage.leading();
    const busy = stage.api.faults.add({ verb: 'create', resource: 'events' }, { answer: 429, retryAfter: 7 }, 1);
    stage.service('db', 'db', 5432);
    for (const name of names) stage.consumer(name);
    await process.rest();
    expect([busy.met, names.flatMap((name) => stage.events(name)).length]).toEqual([1, 0]);
    expect(names.every((name) => stage.permits(name).length === 1)).toBe(true);
    await process.pass(7);
    expect(names.map((name) => stage.events(name))).toEqual(names.map(() => ['Related']));
  });

  test('that meet an API server which is away are written when it is back', async () => {
    const process = await stage.leading();
    const away = stage.api.faults.add({ verb: 'create', resource: 'events' }, { reset: 'beforeWork' });
    stage.service('db', 'db', 5432);
    for (const name of names) stage.consumer(name);
    await process.pass(15);
    away.release();
    await process.pass(10);
    expect(names.map((name) => stage.events(name))).toEqual(names.map(() => ['Related']));
  });

  test('that are never taken are given up, and later ones written', async () => {
    const process = await stage.leading();
    const refused = stage.api.faults.add({ verb: 'create', resource: 'events' }, { answer: 429, retryAfter: 1 });
    stage.service('db', 'db', 5432);
    for (const name of names) stage.consumer(name);
    await process.pass(90);
    expect([refused.met, process.lines.filter(({ msg }) => msg === 'could not write an Event').length]).toEqual([60, 5]);
    refused.release();
    stage.consumer('later');
    await process.rest();
    expect([names.flatMap((name) => stage.events(name)), stage.events('later')]).toEqual([[], ['Related']]);
  });

  test('whose answers are lost are counted once more at most', async () => {
    const process = await stage.leading();
    stage.api.faults.add({ verb: 'create', resource: 'events' }, { reset: 'afterWork' }, 1);
    stage.api.faults.add({ verb: 'patch', resource: 'events' }, { reset: 'beforeWork' }, 3);
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    await process.pass(60);
    expect(stage.api.store.list('events', 'shop', () => true).map(({ count }) => count)).toEqual([2]);
  });

  test('that wait to be sent again are sent once more when the process stops', async () => {
    const process = await stage.leading();
    const busy = stage.api.faults.add({ verb: 'create', resource: 'events' }, { answer: 429, retryAfter: 30 }, 1);
    stage.service('db', 'db', 5432);
    for (const name of names) stage.consumer(name);
    await process.rest();
    expect(busy.met).toBe(1);
    await process.stop();
    expect(names.map((name) => stage.events(name))).toEqual(names.map(() => ['Related']));
  });

  test('give way to ConfigMaps that wait to be written, for a second and a half', async () => {
    const process = await stage.leading();
    const stall = (times?: number) => stage.api.faults.add({ verb: 'create', resource: 'configmaps' }, { stall: true }, times);
    const events = () => stage.api.seen({ verb: 'create', resource: 'events' }).length;
    const [first, others] = [stall(1), stall()];
    for (let index = 0; index < 10; index += 1) stage.consumer(`web-${index}`);
    await until('every worker has a write under way', () => first.met + others.met === 8);
    await process.heard();
    first.release();
    await until('one is written, and its worker has the next', () => others.met === 8);
    await process.heard();
    expect(events()).toBe(0);
    process.clock.advance(1_500);
    await until('its Event is written', () => events() === 1);
    others.release();
    await process.rest();
    expect(events()).toBe(10);
  });
});

function isComplete(name: string): boolean {
  const { metadata, status } = stage.workload(name);
  return JSON.stringify(status).includes(`"observedGeneration":${metadata.generation}`);
}
