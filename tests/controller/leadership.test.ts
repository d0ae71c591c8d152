import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { treeAt } from '../fake-api/stored-object.ts';
import { until } from '../fake-api/until.ts';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

const lease = { collection: 'leases.coordination.k8s.io', namespace: 'orcon-system', name: 'relations-controller' };
const holder = () => treeAt(stage.api.store.get(lease), 'spec').holderIdentity;
const changePort = (port: number) => stage.patchService('db', { spec: { ports: [{ port }] } });
/** Every port that the ConfigMap was ever given, in order. */
const portsWritten = (): readonly unknown[] => {
  const ports: unknown[] = [];
  stage.api.store.onWrite(({ collection, now }) => {
    if (collection === 'configmaps' && now !== undefined) ports.push(treeAt(now, 'data').DB_PORT);
  });
  return ports;
};

test('a leader has caught up once: when it has looked at all that it began with', async () => {
  stage.service('db', 'db', 5432);
  for (const name of ['web', 'api']) stage.consumer(name);
  const process = await stage.leading();
  expect([process.caughtUp, stage.phase('web'), stage.phase('api')]).toEqual([1, 'Related', 'Related']);
  changePort(6432);
  await process.rest();
  expect([process.caughtUp, stage.values('web').DB_PORT]).toEqual([1, '6432']);
});

describe('a second process', () => {
  test('writes nothing while the first one leads', async () => {
    stage.service('db', 'db', 5432);
    await stage.leading();
    const second = stage.start({ podName: 'two' });
    await second.rest();
    const since = stage.now;
    stage.consumer('web');
    await until('the first one has written', () => stage.phase('web') === 'Related');
    await second.rest();
    expect(stage.writes(since).map(({ resource }) => resource)).toEqual(['configmaps', 'events']);
    expect([second.said('leading'), await second.metric('leader'), await second.metric('queue_depth')]).toEqual([false, 0, 0]);
  });

  test('takes over without any time passing when the first one is stopped', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const first = await stage.leading();
    const second = stage.start({ podName: 'two' });
    await second.rest();
    await first.stop();
    await second.leading();
    expect([holder(), first.ended]).toEqual(['two', null]);
    changePort(6432);
    await second.rest();
    expect(stage.values('web').DB_PORT).toBe('6432');
  });

  test('lists what the first one wrote before it acts, however late its own watch is', async () => {
    stage.service('db', 'db', 5432);
    const first = await stage.leading();
    const second = stage.start({ podName: 'two' });
    await second.rest();
    for (const watch of stage.api.watches('configmaps')) watch.lag();
    stage.consumer('web');
    await until('the first one has written', () => stage.phase('web') === 'Related');
    await first.stop();
    const since = stage.now;
    await second.leading();
    expect(stage.writes(since)).toEqual([]);
  });

  test('takes up what changed while nobody led', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const first = await stage.leading();
    await first.kill();
    changePort(6432);
    const second = stage.start({ podName: 'two' });
    await second.rest();
    await second.pass(20);
    expect([holder(), stage.epoch('web'), stage.values('web').DB_PORT]).toEqual(['two', 1, '6432']);
  });
});

describe('a leader that was stopped for longer than its lease', () => {
  const paused = async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const first = await stage.leading();
    const ports = portsWritten();
    const stall = stage.api.faults.add({ verb: 'patch', resource: 'configmaps' }, { stall: true }, 1);
    changePort(6432);
    await until('its write is under way', () => stall.met === 1);
    first.clock.freeze(20_000);
    const second = stage.start({ podName: 'two' });
    await second.rest();
    await second.pass(20);
    expect(holder()).toBe('two');
    changePort(7432);
    await second.rest();
    return { first, second, ports, stall };
  };

  test('lets no older value reach the ConfigMap, and ends', async () => {
    const { first, second, ports, stall } = await paused();
    stall.release();
    await until('the first one has ended', () => first.ended instanceof Error);
    await second.rest();
    expect(String(first.ended)).toMatch(/the lease orcon-system\/relations-controller was lost: (two holds it|expired|taken)/);
    expect([ports, stage.values('web').DB_PORT]).toEqual([['6432', '7432'], '7432']);
  });

  test('sends no write from the moment on when it runs again, also before it has looked at the lease', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    process.clock.freeze(20_000);
    const since = stage.now;
    changePort(6432);
    await until('a pass has met the fence', () => process.said('a pass is repeated'));
    expect([stage.writes(since), stage.values('web').DB_PORT, process.ended]).toEqual([[], '5432', undefined]);
    process.clock.advance(1);
    await until('it has ended', () => process.ended instanceof Error);
    expect(String(process.ended)).toMatch(/was lost: expired/);
  });
});

describe('a conflict', () => {
  test('makes the leader look at the lease, and end when another holds it though its own clock stood still', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    const stall = stage.api.faults.add({ verb: 'patch', resource: 'configmaps' }, { stall: true }, 1);
    changePort(6432);
    await until('its write is under way', () => stall.met === 1);
    stage.api.store.patch(lease, 'application/merge-patch+json', { spec: { holderIdentity: 'two' } });
    stage.api.store.patch(
      { collection: 'configmaps', namespace: 'shop', name: 'relations-deployment-web' },
      'application/merge-patch+json',
      { data: { NEWER: 'value' } },
    );
    const since = stage.now;
    stall.release();
    await until('it has ended', () => process.ended instanceof Error);
    expect(String(process.ended)).toContain('two holds it');
    expect(stage.writes(since)).toEqual([]);
  });

  test('with the lease still its own is tried again', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    stage.api.faults.add({ verb: 'patch', resource: 'configmaps' }, { answer: 409 }, 1);
    const looks = () => stage.api.seen({ verb: 'get', resource: lease.collection }).length;
    const before = looks();
    changePort(6432);
    await process.rest();
    await process.pass(1);
    expect([looks() - before, stage.values('web').DB_PORT, process.ended]).toEqual([1, '6432', undefined]);
  });
});

describe('stopping', () => {
  test('gives the lease back though a pass hangs, and nothing is written after', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    const stall = stage.api.faults.add({ verb: 'patch', resource: 'configmaps' }, { stall: true });
    changePort(6432);
    await until('its write is under way', () => stall.met === 1);
    const stopped = process.stop();
    expect(process.controller.whyNotReady()).toEqual(['stopping']);
    process.clock.advance(1_000);
    await until('the lease is given back', () => holder() === '');
    const since = stage.now;
    stall.release();
    await stopped;
    expect([stage.writes(since), process.ended]).toEqual([[], null]);
  });

  test('before the first list is complete ends cleanly', async () => {
    const stall = stage.api.faults.add({ verb: 'list', resource: 'services' }, { stall: true });
    const process = stage.start();
    await until('it lists', () => stall.met === 1);
    await process.stop();
    stall.release();
    expect([process.ended, stage.api.seen({ resource: lease.collection })]).toEqual([null, []]);
  });
});

describe('before every list is complete', () => {
  test('nothing is written, and readiness says so', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const stall = stage.api.faults.add({ verb: 'list', resource: 'configmaps' }, { stall: true });
    const process = stage.start();
    await until('it lists', () => stall.met === 1);
    await until('it watches the rest', () => stage.api.watches().length === 7);
    expect([stage.writes(), process.controller.whyNotReady()]).toEqual([[], ['the first lists are not complete']]);
    stall.release();
    await process.leading();
    expect([stage.phase('web'), process.controller.whyNotReady()]).toEqual(['Related', []]);
  });
});
