import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../fake-api/until.ts';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

const written = (since: number) => stage.writes(since).map(({ verb, resource }) => `${verb} ${resource}`);
const changePort = (port: number) => stage.patchService('db', { spec: { ports: [{ port }] } });

describe('nothing is written', () => {
  test('by a restart, whatever the workloads stand at', async () => {
    stage.service('db', 'db', 5432);
    stage.service('lost', 'lost');
    stage.consumer('related');
    stage.consumer('held', { relations: 'nowhere' });
    stage.pod('held-1', 'held');
    stage.consumer('broken', { consumes: 'lost', relations: 'lost' });
    stage.consumer('nightly', { kind: 'CronJob' });
    stage.webhook = false;
    stage.consumer('old', { relations: 'nowhere' });
    stage.consumer('unlabelled', { relations: 'nowhere', label: false });
    stage.consumer('old-job', { kind: 'Job' });
    stage.webhook = true;
    const first = await stage.leading();
    stage.deleteService('lost');
    await first.rest();
    expect(['related', 'held', 'broken', 'old', 'unlabelled'].map((name) => stage.phase(name))).toEqual([
      'Related',
      'Held',
      'Broken',
      'Held',
      'Held',
    ]);
    const since = stage.now;
    const second = await stage.restarted(first);
    await second.pass(301);
    expect(written(since)).toEqual([]);
  });

  test('for what a watch tells of a write of its own, and no pass is made', async () => {
    stage.service('db', 'db', 5432);
    const process = await stage.leading();
    const [watch] = stage.api.watches('configmaps');
    watch?.lag();
    stage.consumer('web');
    await until('it is told of', () => stage.events('web').length === 1);
    watch?.catchUp();
    await process.rest();
    expect(await process.metric('passes_total', { result: 'done' })).toBe(1);
  });

  test('for a Service that changes and gives the same values', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    const since = stage.now;
    stage.patchService('db', { metadata: { labels: { team: 'storage' } }, spec: { selector: { app: 'db' } } });
    await process.rest();
    expect(written(since)).toEqual([]);
  });

  test('for a status of a Deployment that its controller writes', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    const since = stage.now;
    stage.patchWorkload('web', { status: { replicas: 1, updatedReplicas: 1 } });
    await process.rest();
    expect(stage.api.requests.slice(since)).toEqual([]);
  });

  test('twice while the watch of ConfigMaps is late', async () => {
    stage.service('db', 'db', 5432);
    stage.service('cache', 'cache', 1);
    stage.consumer('web', { consumes: 'db,cache', relations: 'db,cache' });
    const process = await stage.leading();
    const [watch] = stage.api.watches('configmaps');
    watch?.lag();
    const since = stage.now;
    changePort(6432);
    await until('it is rolled', () => stage.epoch('web') === 1);
    stage.patchService('cache', { metadata: { annotations: { 'tengu.io/data.user': 'app' } } });
    await until('the new value is there', () => stage.values('web').CACHE_USER === 'app');
    changePort(7432);
    await until('it is rolled again', () => stage.epoch('web') === 2);
    watch?.catchUp();
    await process.rest();
    expect(written(since).filter((write) => write !== 'create events' && write !== 'patch events')).toEqual([
      'patch configmaps',
      'patch deployments.apps',
      'patch configmaps',
      'patch configmaps',
      'patch deployments.apps',
    ]);
  });

  test('twice while the watch of Deployments is late: a roll is patched once', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    const [watch] = stage.api.watches('deployments.apps');
    watch?.lag();
    const since = stage.now;
    changePort(6432);
    await until('it is rolled', () => stage.epoch('web') === 1);
    stage.patchService('db', { metadata: { annotations: { 'tengu.io/data.user': 'app' } } });
    await until('the new value is there', () => stage.values('web').DB_USER === 'app');
    watch?.catchUp();
    await process.rest();
    expect(written(since).filter((write) => write === 'patch deployments.apps')).toHaveLength(1);
    expect(stage.epoch('web')).toBe(1);
  });
});

describe('a write', () => {
  test('that was computed from what somebody changed since does not go through', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    const stall = stage.api.faults.add({ verb: 'get', resource: 'services' }, { stall: true });
    stage.deleteService('db');
    await until('it asks for the Service', () => stall.met === 1);
    const name = 'relations-deployment-web';
    stage.api.store.patch({ collection: 'configmaps', namespace: 'shop', name }, 'application/merge-patch+json', {
      data: { NEWER: 'value' },
    });
    await process.heard();
    stall.release();
    await process.rest();
    expect(await process.metric('api_requests_total', { verb: 'patch', code: '409' })).toBe(1);
    expect([stage.phase('web'), stage.values('web').NEWER]).toEqual(['Broken', 'value']);
  });

  test('that the API server puts off is made again when its Retry-After is over', async () => {
    stage.service('db', 'db', 5432);
    const process = await stage.leading();
    stage.api.faults.add({ verb: 'create', resource: 'configmaps' }, { answer: 429, retryAfter: 7 }, 1);
    stage.consumer('web');
    await process.rest();
    await process.pass(6);
    expect(stage.phase('web')).toBeUndefined();
    await process.pass(1);
    expect(stage.phase('web')).toBe('Related');
  });

  test('whose answer is lost is not made again', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    stage.api.faults.add({ verb: 'patch', resource: 'deployments.apps' }, { reset: 'afterWork' }, 1);
    changePort(6432);
    await process.rest();
    await process.pass(2);
    expect([stage.epoch('web'), stage.permits('web').length]).toEqual([1, 2]);
  });
});

describe('a crash', () => {
  test('between the ConfigMap and the roll costs no roll and makes none twice', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const first = await stage.leading();
    const stall = stage.api.faults.add({ verb: 'patch', resource: 'deployments.apps' }, { stall: true });
    changePort(6432);
    await until('the roll is under way', () => stall.met === 1);
    await first.kill();
    stall.release();
    expect([stage.epoch('web'), stage.permits('web').length]).toEqual([0, 2]);
    const second = stage.start();
    second.clock.advance(20_000);
    await second.rest();
    await second.pass(20);
    expect(second.said('leading')).toBe(true);
    expect([stage.epoch('web'), stage.permits('web').length]).toEqual([1, 2]);
    expect(stage.writes().filter(({ verb, resource }) => verb === 'patch' && resource === 'deployments.apps')).toHaveLength(2);
  });

  test('between the ConfigMap and the touch leaves no pod waiting', async () => {
    stage.consumer('web');
    stage.pod('web-1', 'web');
    const first = await stage.leading();
    const stall = stage.api.faults.add({ verb: 'patch', resource: 'pods' }, { stall: true });
    stage.service('db', 'db', 5432);
    await until('the touch is under way', () => stall.met === 1);
    await first.kill();
    stall.release();
    expect(stage.touchOf('web-1')).toBeUndefined();
    const second = stage.start();
    await second.rest();
    await second.pass(20);
    expect(stage.touchOf('web-1')).toMatch(/^TENGU_PERMIT_0_salt1 \d$/);
  });
});
