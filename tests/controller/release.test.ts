import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

const touches = () => stage.api.seen({ verb: 'patch', resource: 'pods' }).length;

/** A StatefulSet whose relations were corrected, and a pod of the template before that appears only now. */
async function withOldPod() {
  stage.consumer('web', { kind: 'StatefulSet', relations: 'nowhere' });
  const old = stage.workload('web', 'StatefulSet');
  stage.service('db', 'db', 5432);
  const process = await stage.leading();
  stage.patchWorkload('web', { metadata: { annotations: { 'tengu.io/relations': 'db' } } }, 'StatefulSet');
  await process.pass(10);
  expect(stage.permits('web', 'StatefulSet')).toHaveLength(1);
  stage.podOf('web-0', old, 'StatefulSet');
  return process;
}

describe('waiting pods', () => {
  test('are touched at once when their permit is given, and again after 1, 2, 4, … 32 s while they wait', async () => {
    stage.consumer('web');
    stage.pod('web-1', 'web');
    stage.pod('web-2', 'web');
    const process = await stage.leading();
    expect(touches()).toBe(0);
    stage.service('db', 'db', 5432);
    await process.rest();
    expect([stage.touchOf('web-1'), stage.touchOf('web-2')]).toEqual(['TENGU_PERMIT_0_salt1 1', 'TENGU_PERMIT_0_salt1 1']);
    stage.startPod('web-1');
    const seen: unknown[] = [];
    for (const seconds of [1, 1, 1, 3, 1, 7, 1, 15, 1]) {
      await process.pass(seconds);
      seen.push(String(stage.touchOf('web-2')).split(' ')[1]);
    }
    expect(seen).toEqual(['2', '2', '3', '3', '4', '4', '5', '5', '6']);
    expect(stage.touchOf('web-1')).toBe('TENGU_PERMIT_0_salt1 1');
  });

  test('are touched by uid, so that another pod of the name is not', async () => {
    stage.consumer('web');
    const { uid } = stage.pod('web-1', 'web').metadata;
    const process = await stage.leading();
    stage.service('db', 'db', 5432);
    await process.rest();
    expect(stage.api.seen({ verb: 'patch', resource: 'pods' })[0]?.body).toMatchObject({ metadata: { uid } });
  });

  test('that appear a moment after the permit are found', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    stage.pod('web-1', 'web');
    await process.pass(1);
    expect(stage.touchOf('web-1')).toBe('TENGU_PERMIT_0_salt1 1');
  });

  test('that nobody told of are found by the sweep within a minute', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    await process.pass(10);
    stage.pod('web-1', 'web');
    await process.pass(60);
    expect(stage.touchOf('web-1')).toMatch(/^TENGU_PERMIT_0_salt1 [1-5]$/);
  });

  test('that wait for something else than their permit are left in peace in the end', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    stage.pod('web-1', 'web');
    const process = await stage.leading();
    await process.pass(240);
    expect(stage.touchOf('web-1')).toBe('TENGU_PERMIT_0_salt1 20');
    const before = touches();
    await process.pass(121);
    expect(touches()).toBe(before);
  });

  test('cost one list a minute while nothing can be given to them', async () => {
    stage.consumer('web');
    stage.pod('web-1', 'web');
    const process = await stage.leading();
    const lists = () => stage.api.seen({ verb: 'list', resource: 'pods' }).length;
    const before = lists();
    await process.pass(180);
    expect(lists() - before).toBe(3);
  });

  test('that have no node yet are not touched', async () => {
    stage.consumer('web');
    const pod = stage.pod('web-1', 'web');
    stage.api.store.patch({ collection: 'pods', namespace: 'shop', name: pod.metadata.name }, 'application/merge-patch+json', {
      spec: { nodeName: null },
    });
    const process = await stage.leading();
    stage.service('db', 'db', 5432);
    await process.pass(10);
    expect(touches()).toBe(0);
  });

  test('of an older template get their permit in the same write', async () => {
    stage.consumer('web', { kind: 'StatefulSet', relations: 'nowhere' });
    stage.pod('web-0', 'web', 'StatefulSet');
    const process = await stage.leading();
    stage.patchWorkload('web', { metadata: { annotations: { 'tengu.io/relations': 'db' } } }, 'StatefulSet');
    await process.rest();
    const since = stage.now;
    stage.service('db', 'db', 5432);
    await process.rest();
    const [write] = stage.writes(since).filter(({ resource }) => resource === 'configmaps');
    const permits = stage.permits('web', 'StatefulSet');
    expect([permits.length, permits.includes('TENGU_PERMIT_0_salt1')]).toEqual([2, true]);
    expect(write?.body).toMatchObject({ data: Object.fromEntries(permits.map((permit) => [permit, expect.any(String)])) });
    expect(stage.touchOf('web-0')).toBe('TENGU_PERMIT_0_salt1 1');
  });

  test('of an older template that appear later get their permit with the next sweep', async () => {
    const process = await withOldPod();
    await process.pass(60);
    expect(stage.permits('web', 'StatefulSet')).toContain('TENGU_PERMIT_0_salt1');
    expect(stage.touchOf('web-0')).toMatch(/^TENGU_PERMIT_0_salt1 \d$/);
  });

  test('of an older template get their permit also when the write fails at first', async () => {
    const process = await withOldPod();
    const fault = stage.api.faults.add({ verb: 'patch', resource: 'configmaps' }, { answer: 500 }, 1);
    for (let second = 0; second < 70 && fault.met === 0; second++) await process.pass(1);
    await process.pass(20);
    expect(stage.permits('web', 'StatefulSet')).toContain('TENGU_PERMIT_0_salt1');
  });

  test('of an earlier workload of the same name get no permit', async () => {
    stage.consumer('web', { relations: 'nowhere' });
    stage.pod('web-1', 'web');
    const process = await stage.leading();
    stage.deleteWorkload('web');
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    await process.pass(70);
    expect([stage.permits('web'), stage.touchOf('web-1')]).toEqual([['TENGU_PERMIT_0_salt2'], undefined]);
  });

  test('whose first touch fails are touched a second later, and the Event is written all the same', async () => {
    stage.consumer('web');
    stage.pod('web-1', 'web');
    const process = await stage.leading();
    stage.api.faults.add({ verb: 'patch', resource: 'pods' }, { answer: 500 }, 1);
    stage.service('db', 'db', 5432);
    await process.rest();
    expect([stage.touchOf('web-1'), stage.events('web')]).toEqual([undefined, ['Held', 'Related']]);
    await process.pass(1);
    expect(stage.touchOf('web-1')).toBe('TENGU_PERMIT_0_salt1 1');
  });

  test('are measured from the event to their release', async () => {
    stage.consumer('web');
    stage.pod('web-1', 'web');
    const process = await stage.leading();
    stage.service('db', 'db', 5432);
    await process.rest();
    expect(await process.metrics.registry.metrics()).toMatch(/^orcon_controller_release_seconds_count 1$/m);
  });
});
