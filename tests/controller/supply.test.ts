import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

const written = (since: number) => stage.writes(since).map(({ verb, resource }) => `${verb} ${resource}`);

describe('a consumer', () => {
  test('gets its values and its permit in one write when all that it consumes is there', async () => {
    stage.consumer('web');
    const process = await stage.leading();
    expect([stage.phase('web'), stage.permits('web')]).toEqual(['Held', []]);
    const since = stage.now;
    stage.service('db', 'db', 5432);
    await process.rest();
    expect(stage.values('web')).toEqual({ DB: 'db.shop.svc', DB_HOST: 'db.shop.svc', DB_PORT: '5432' });
    expect(stage.permits('web')).toEqual(['TENGU_PERMIT_0_salt1']);
    expect(written(since)).toEqual(['patch configmaps', 'create events']);
    expect(stage.events('web')).toEqual(['Held', 'Related']);
  });

  test('is told that it is the label which its Service lacks', async () => {
    stage.consumer('web');
    stage.api.store.create('services', 'shop', { metadata: { name: 'db' }, spec: {} });
    await stage.leading();
    expect(stage.message('web')).toBe('waiting for db: Service db in namespace shop has no label tengu.io/provides');
  });

  test('of a name that is as long as may be gets Events with names that the API server takes', async () => {
    const name = `${'a'.repeat(199)}.${'b'.repeat(20)}`;
    stage.consumer(name);
    await stage.leading();
    const [event] = stage.api.store.list('events', 'shop', () => true);
    expect(event?.metadata.name).toMatch(/^a{199}\.[0-9a-f]{16}$/);
    expect(stage.events(name)).toEqual(['Held']);
  });

  test('is told of a text that no Service can be called, and nothing else is asked for in its place', async () => {
    stage.consumer('web', { relations: 'shop/db,..' });
    await stage.leading();
    expect([stage.phase('web'), stage.events('web')]).toEqual(['Held', ['Held']]);
    expect(stage.message('web')).toContain('tengu.io/relations: "shop/db" is no name of a Service');
    expect(stage.api.requests.filter(({ verb }) => verb === 'get').map(({ path }) => path)).not.toContainEqual(
      expect.stringContaining('/services'),
    );
  });

  test('whose provider goes away keeps its values and its permit, as Broken', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    const before = [stage.values('web'), stage.permits('web')];
    stage.deleteService('db');
    await process.rest();
    expect([stage.phase('web'), stage.values('web'), stage.permits('web')]).toEqual(['Broken', ...before]);
    expect([stage.epoch('web'), stage.events('web')]).toEqual([0, ['Related', 'Broken']]);
  });

  test('rolls once when a value changes, with the new value and the permit written before', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    const since = stage.now;
    stage.patchService('db', { spec: { ports: [{ port: 6432 }] } });
    await process.rest();
    expect(written(since)).toEqual(['patch configmaps', 'patch deployments.apps', 'create events']);
    expect([stage.epoch('web'), stage.permits('web')]).toEqual([1, ['TENGU_PERMIT_0_salt1', 'TENGU_PERMIT_1_salt1']]);
    expect(stage.events('web')).toEqual(['Related', 'Rolled']);
  });

  test('does not roll for a new value', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    stage.patchService('db', { metadata: { annotations: { 'tengu.io/data.user': 'app' } } });
    await process.rest();
    expect([stage.epoch('web'), stage.values('web').DB_USER]).toEqual([0, 'app']);
  });

  test.each([
    ['StatefulSet', ['Related', 'Rolled', 'PodsWaitForOwner']],
    ['DaemonSet', ['Related', 'Rolled', 'PodsWaitForOwner']],
  ] as const)('of kind %s with updateStrategy OnDelete is told that its pods wait for their owner', async (kind, events) => {
    stage.service('db', 'db', 5432);
    stage.consumer('web', { kind, spec: { updateStrategy: { type: 'OnDelete' } } });
    const process = await stage.leading();
    stage.patchService('db', { spec: { ports: [{ port: 6432 }] } });
    await process.rest();
    expect([stage.epoch('web', kind), stage.events('web')]).toEqual([1, events]);
    expect(await process.metric('rolls')).toBe(0);
  });

  test.each(['CronJob', 'Job'] as const)('of kind %s gets a changed value and is not rolled', async (kind) => {
    stage.service('db', 'db', 5432);
    stage.consumer('web', { kind });
    const process = await stage.leading();
    stage.patchService('db', { spec: { ports: [{ port: 6432 }] } });
    await process.rest();
    expect([stage.epoch('web', kind), stage.values('web', kind).DB_PORT]).toEqual([0, '6432']);
    expect(stage.permits('web', kind)).toEqual(['TENGU_PERMIT_0_salt1']);
  });

  test('that is a finished Job is left as it is', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web', { kind: 'Job' });
    const process = await stage.leading();
    stage.patchWorkload('web', { status: { conditions: [{ type: 'Complete', status: 'True' }] } }, 'Job');
    await process.rest();
    const since = stage.now;
    stage.deleteService('db');
    await process.rest();
    expect(written(since)).toEqual([]);
    expect(await process.metric('workloads', { phase: 'Related' })).toBe(0);
  });

  test('is counted in its phase, and not any more when it is gone', async () => {
    stage.consumer('web');
    const process = await stage.leading();
    expect(await process.metric('workloads', { phase: 'Held' })).toBe(1);
    stage.deleteWorkload('web');
    stage.deleteConfigMap('web');
    await process.rest();
    expect(await process.metric('workloads', { phase: 'Held' })).toBe(0);
  });
});

describe('the log', () => {
  test('has one line for each change of phase, with workload, phase and reason', async () => {
    stage.consumer('web');
    const process = await stage.leading();
    stage.service('db', 'db', 5432);
    await process.rest();
    const changes = process.lines.filter(({ msg }) => msg === 'phase changed');
    expect(changes).toMatchObject([
      { workload: 'Deployment/shop/web', phase: 'Held', reason: 'waiting for db: Service db not found in namespace shop' },
      { workload: 'Deployment/shop/web', phase: 'Related', reason: 'supplied with db from Service db' },
    ]);
  });

  test('never has a value of a relation above debug', async () => {
    stage.service('db', 'db', 5432, { password: 'swordfish' });
    stage.consumer('web');
    const process = await stage.leading();
    stage.api.faults.add({ verb: 'patch', resource: 'configmaps' }, { answer: 500 }, 1);
    stage.api.faults.add({ verb: 'patch', resource: 'configmaps' }, { text: '{"data":{"DB_PASSWORD":"sturgeon"' }, 1);
    stage.patchService('db', { metadata: { annotations: { 'tengu.io/data.password': 'sturgeon' } } });
    await process.rest();
    await process.pass(2);
    expect(stage.values('web').DB_PASSWORD).toBe('sturgeon');
    const info = 30;
    const told = JSON.stringify(process.lines.filter(({ level }) => level >= info));
    expect(told).toContain('a pass failed');
    expect(told).not.toMatch(/swordfish|sturgeon/);
  });
});
