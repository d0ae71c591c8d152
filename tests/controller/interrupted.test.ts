import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../fake-api/until.ts';
import { Stage } from './stage.ts';

const MERGE = 'application/merge-patch+json';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

describe('one request that fails', () => {
  test('is not the last touch of pods that still wait', async () => {
    stage.consumer('web');
    stage.pod('web-1', 'web');
    const process = await stage.leading();
    await process.pass(5);
    stage.service('db', 'db', 5432);
    await process.rest();
    stage.api.faults.add({ verb: 'patch', resource: 'pods' }, { answer: 500 }, 1);
    await process.pass(20);
    expect(stage.touchOf('web-1')).toBe('TENGU_PERMIT_0_salt1 4');
  });

  test('does not keep a new leader from touching them again', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const first = await stage.leading();
    stage.pod('web-1', 'web');
    await first.stop();
    stage.api.faults.add({ verb: 'patch', resource: 'pods' }, { answer: 500 }, 1);
    const process = await stage.leading();
    await process.pass(20);
    expect(stage.touchOf('web-1')).toBe('TENGU_PERMIT_0_salt1 4');
  });

  test('does not make the pods of other workloads wait for the sweep a minute later', async () => {
    stage.service('db', 'db', 5432);
    for (const name of ['aaa', 'web']) stage.consumer(name);
    const first = await stage.leading();
    for (const name of ['aaa', 'web']) stage.pod(`${name}-1`, name);
    await first.stop();
    stage.api.faults.add({ verb: 'patch', resource: 'pods', name: 'aaa-1' }, { reset: 'beforeWork' }, 1);
    const process = await stage.leading();
    await process.pass(30);
    expect([stage.touchOf('aaa-1'), stage.touchOf('web-1')]).toEqual([expect.any(String), expect.any(String)]);
  });

  test('does not end the touches of the pods beside it', async () => {
    stage.consumer('web');
    stage.pod('web-1', 'web');
    stage.pod('web-2', 'web');
    const process = await stage.leading();
    stage.api.faults.add({ verb: 'patch', resource: 'pods', name: 'web-1' }, { answer: 403 });
    stage.service('db', 'db', 5432);
    await process.rest();
    await process.pass(20);
    expect(stage.touchOf('web-2')).toBe('TENGU_PERMIT_0_salt1 5');
  });
});

test('a write that took effect and was not answered is followed by its Event and the touch all the same', async () => {
  stage.consumer('web');
  stage.pod('web-1', 'web');
  const process = await stage.leading();
  await process.pass(2);
  stage.api.faults.add({ verb: 'patch', resource: 'configmaps' }, { reset: 'afterWork' }, 1);
  stage.service('db', 'db', 5432);
  await process.pass(20);
  expect([stage.events('web'), stage.touchOf('web-1')]).toEqual([['Held', 'Related'], expect.any(String)]);
});

test('pods that began while their ConfigMap was away are touched when it is there again', async () => {
  stage.service('db', 'db', 5432);
  stage.consumer('web');
  const process = await stage.leading();
  await process.pass(10);
  stage.pod('web-1', 'web');
  stage.deleteConfigMap('web');
  await process.pass(3);
  expect(stage.touchOf('web-1')).toEqual(expect.any(String));
});

test('a workload of a namespace that is opted in no more is not rolled by a pass that was under way', async () => {
  stage.service('db', 'db', 5432);
  stage.consumer('web');
  const process = await stage.leading();
  const stalled = stage.api.faults.add({ verb: 'patch', resource: 'configmaps' }, { stall: true }, 1);
  stage.patchService('db', { spec: { ports: [{ port: 5433 }] } });
  await until('the write is under way', () => stalled.met === 1);
  stage.api.store.patch({ collection: 'namespaces', namespace: '', name: 'shop' }, MERGE, {
    metadata: { labels: { 'tengu-injector': null } },
  });
  await process.heard();
  stalled.release();
  await process.rest();
  expect(stage.epoch('web')).toBe(0);
});

describe('the ConfigMap of a workload with a long name that loses its owner', () => {
  const name = 'w'.repeat(240);
  const orphan = () =>
    stage.api.store.patch(
      { collection: 'configmaps', namespace: 'shop', name: stage.configMap(name)?.metadata.name ?? '' },
      MERGE,
      {
        metadata: { ownerReferences: null },
      },
    );

  test('gets it again', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer(name);
    const process = await stage.leading();
    orphan();
    await process.pass(5);
    expect(stage.configMap(name)?.metadata.ownerReferences).toHaveLength(1);
  });

  test('stays while pods read it, also without the workload', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer(name);
    const process = await stage.leading();
    stage.pod('web-1', name);
    stage.startPod('web-1');
    await process.rest();
    stage.deleteWorkload(name);
    orphan();
    await process.pass(5);
    expect(stage.configMap(name)).toBeDefined();
  });
});
