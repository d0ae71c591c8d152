import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
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
});

function isComplete(name: string): boolean {
  const { metadata, status } = stage.workload(name);
  return JSON.stringify(status).includes(`"observedGeneration":${metadata.generation}`);
}
