import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Stage } from './stage.ts';

const MERGE = 'application/merge-patch+json';
const place = { collection: 'configmaps', namespace: 'shop', name: 'relations-deployment-web' };

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

const owners = () => stage.configMap('web')?.metadata.ownerReferences;
const uid = () => stage.workload('web').metadata.uid;

describe('the ConfigMap', () => {
  test('of an earlier workload of the same name is deleted by its uid and made anew', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    const first = stage.configMap('web')?.metadata.uid;
    stage.deleteWorkload('web');
    stage.consumer('web');
    await process.rest();
    expect(stage.api.seen({ verb: 'delete', resource: 'configmaps' })[0]?.body).toMatchObject({ preconditions: { uid: first } });
    expect(stage.configMap('web')?.metadata.uid).not.toBe(first);
    expect(owners()).toMatchObject([{ uid: uid() }]);
    expect(stage.permits('web')).toEqual(['TENGU_PERMIT_0_salt2']);
  });

  test('that is orphaned is adopted, its permits kept', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    stage.api.store.patch(place, MERGE, { metadata: { ownerReferences: [] } });
    await process.rest();
    expect(owners()).toMatchObject([{ uid: uid() }]);
    expect(stage.permits('web')).toEqual(['TENGU_PERMIT_0_salt1']);
  });

  test('that somebody deleted is written again as it was last seen, and nobody rolls', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    stage.deleteService('db');
    await process.rest();
    const before = stage.configMap('web');
    stage.deleteConfigMap('web');
    await process.rest();
    expect([stage.configMap('web')?.data, stage.phase('web')]).toEqual([before?.data, 'Broken']);
    expect([stage.epoch('web'), stage.events('web')]).toEqual([0, ['Related', 'Broken']]);
  });

  test('that somebody deleted comes back also when the first attempt fails', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    stage.deleteService('db');
    await process.rest();
    const before = stage.configMap('web')?.data;
    stage.api.faults.add({ verb: 'create', resource: 'configmaps' }, { answer: 500 }, 1);
    stage.deleteConfigMap('web');
    await process.rest();
    await process.pass(1);
    expect(stage.configMap('web')?.data).toEqual(before);
  });

  test('that was deleted while its Service changed comes back with one roll', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    const stall = stage.api.faults.add({ verb: 'create', resource: 'configmaps' }, { stall: true });
    stage.deleteConfigMap('web');
    stage.patchService('db', { spec: { ports: [{ port: 6432 }] } });
    stall.release();
    await process.rest();
    expect([stage.epoch('web'), stage.values('web').DB_PORT]).toEqual([1, '6432']);
  });

  test('of a name that somebody else has is a Conflict, told once, until the name is free', async () => {
    stage.api.store.create('configmaps', 'shop', { metadata: { name: place.name }, data: { THEIRS: 'x' } });
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    await process.pass(61);
    expect(stage.values('web')).toEqual({ THEIRS: 'x' });
    expect([stage.events('web'), await process.metric('workloads', { phase: 'Conflict' })]).toEqual([['Conflict'], 1]);
    expect(stage.api.seen({ verb: 'patch', resource: 'events' })).toEqual([]);
    stage.api.store.delete(place, {});
    await process.pass(31);
    expect([stage.phase('web'), stage.events('web')]).toEqual(['Related', ['Conflict', 'Related']]);
    expect(await process.metric('workloads', { phase: 'Conflict' })).toBe(0);
  });

  test('that lost our label is not ours, and ours again with the label', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    stage.api.store.patch(place, MERGE, { metadata: { labels: { 'tengu.io/relations-of': null } } });
    await process.rest();
    expect(stage.events('web')).toEqual(['Related', 'Conflict']);
    stage.api.store.patch(place, MERGE, { metadata: { labels: { 'tengu.io/relations-of': 'Deployment' } } });
    await process.rest();
    expect(await process.metric('workloads', { phase: 'Related' })).toBe(1);
    expect(stage.permits('web')).toEqual(['TENGU_PERMIT_0_salt1']);
  });

  test('stays when the annotations are removed while a living pod reads it, then goes', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    stage.pod('web-1', 'web');
    stage.startPod('web-1');
    const process = await stage.leading();
    stage.patchWorkload('web', { metadata: { annotations: { 'tengu.io/consumes': null, 'tengu.io/relations': null } } });
    await process.rest();
    await process.pass(16);
    expect(stage.phase('web')).toBe('Related');
    stage.deletePod('web-1');
    await process.pass(16);
    expect(stage.configMap('web')).toBeUndefined();
    await process.pass(31);
    expect(stage.api.seen({ verb: 'create', resource: 'configmaps' })).toHaveLength(1);
  });

  test('goes with its workload by its owner reference, and is not touched before', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    const since = stage.now;
    stage.deleteWorkload('web');
    await process.rest();
    expect(stage.writes(since)).toEqual([]);
    expect(owners()).toEqual([{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: expect.any(String) }]);
  });

  test('of an orphaning deletion stays while a pod lives, then goes', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    stage.pod('web-1', 'web');
    stage.startPod('web-1');
    const process = await stage.leading();
    stage.deleteWorkload('web');
    stage.api.store.patch(place, MERGE, { metadata: { ownerReferences: [] } });
    await process.pass(16);
    expect(stage.configMap('web')).toBeDefined();
    stage.deletePod('web-1');
    await process.pass(16);
    expect(stage.configMap('web')).toBeUndefined();
  });
});
