import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

/** Makes a workload as it is without orcon's webhook. */
const slippedPast = (name: string, options: Parameters<Stage['consumer']>[1] = {}) => {
  stage.webhook = false;
  stage.consumer(name, options);
  stage.webhook = true;
};
const mends = () => stage.writes().filter(({ body }) => JSON.stringify(body) === '{}').length;

describe('a consumer that admission did not stamp', () => {
  test('is mended when all that it consumes is there, not before', async () => {
    slippedPast('old');
    const process = await stage.leading();
    expect([stage.epoch('old'), stage.phase('old'), mends()]).toEqual([undefined, 'Held', 0]);
    expect(stage.message('old')).toBe(
      'not stamped yet, its pods run unheld; waiting for db: Service db not found in namespace shop',
    );
    stage.service('db', 'db', 5432);
    await process.rest();
    expect([stage.epoch('old'), stage.phase('old'), mends()]).toEqual([0, 'Related', 1]);
    expect(stage.permits('old')).toHaveLength(1);
    expect(stage.events('old')).toEqual(['Held', 'Mended', 'Related']);
  });

  test.each(['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'] as const)(
    'and is a %s without the label is found by the sweep',
    async (kind) => {
      stage.service('db', 'db', 5432);
      const process = await stage.leading();
      slippedPast('old', { kind, label: false });
      await process.pass(301);
      expect([stage.epoch('old', kind), stage.phase('old', kind)]).toEqual([0, 'Related']);
      expect(stage.workload('old', kind).metadata.labels).toMatchObject({ 'tengu.io/relationships': 'full' });
    },
  );

  test('and lacks label and provider is mended within a minute once the provider is there', async () => {
    slippedPast('old', { label: false });
    const process = await stage.leading();
    expect([stage.phase('old'), mends()]).toEqual(['Held', 0]);
    stage.service('db', 'db', 5432);
    await process.pass(61);
    expect([stage.epoch('old'), stage.phase('old')]).toEqual([0, 'Related']);
  });

  describe('because its namespace was opted in later', () => {
    const shop = { collection: 'namespaces', namespace: undefined, name: 'shop' };
    const label = (value: string | null) =>
      stage.api.store.patch(shop, 'application/merge-patch+json', { metadata: { labels: { 'tengu-injector': value } } });

    test('is mended then', async () => {
      label(null);
      stage.service('db', 'db', 5432);
      slippedPast('old');
      const process = await stage.leading();
      expect(mends()).toBe(0);
      label('enabled');
      await process.rest();
      expect([stage.phase('old'), mends()]).toEqual(['Related', 1]);
    });

    test('and lacks the label is found within a minute', async () => {
      label(null);
      stage.service('db', 'db', 5432);
      slippedPast('old', { label: false });
      const process = await stage.leading();
      await process.pass(70);
      expect(mends()).toBe(0);
      label('enabled');
      await process.pass(61);
      expect([stage.phase('old'), mends()]).toEqual(['Related', 1]);
    });
  });

  test('is tried again, later each time, while the webhook is away, and an Event says so', async () => {
    stage.service('db', 'db', 5432);
    slippedPast('old');
    stage.webhook = false;
    const process = await stage.leading();
    await process.pass(60);
    expect(mends()).toBeGreaterThan(3);
    expect(mends()).toBeLessThan(12);
    expect([stage.events('old'), stage.configMap('old')]).toEqual([['NotStamped'], undefined]);
    stage.webhook = true;
    await process.pass(120);
    expect(stage.phase('old')).toBe('Related');
  });

  test('takes its turn, because it rolls', async () => {
    stage.service('db', 'db', 5432);
    for (const name of ['a', 'b', 'c']) slippedPast(name);
    const process = await stage.leading({ maxRolls: 1 });
    const stamped = () => ['a', 'b', 'c'].filter((name) => stage.epoch(name) === 0);
    expect(stamped().length).toBe(1);
    for (let round = 2; round <= 3; round += 1) {
      for (const name of stamped()) stage.finishRollout(name);
      await process.rest();
      expect(stamped().length).toBe(round);
    }
  });

  test('but is a running Job gets one Event that says what to do, and a finished one none', async () => {
    stage.service('db', 'db', 5432);
    slippedPast('running', { kind: 'Job' });
    slippedPast('unlabelled', { kind: 'Job', label: false });
    slippedPast('done', { kind: 'Job' });
    stage.patchWorkload('done', { status: { conditions: [{ type: 'Complete', status: 'True' }] } }, 'Job');
    const process = await stage.leading();
    await process.pass(301);
    expect(['running', 'unlabelled', 'done'].map((name) => stage.events(name))).toEqual([['NotStamped'], ['NotStamped'], []]);
    expect(stage.message('running', 'Job')).toMatch(/delete and re-create it$/);
    expect(stage.api.seen({ verb: 'patch', resource: 'events' })).toEqual([]);
  });

  test('but is a Job without the label that has finished is not looked at every minute', async () => {
    slippedPast('done', { kind: 'Job', label: false });
    stage.patchWorkload('done', { status: { conditions: [{ type: 'Complete', status: 'True' }] } }, 'Job');
    const process = await stage.leading();
    await process.pass(299);
    expect(stage.api.seen({ verb: 'get', resource: 'jobs.batch', name: 'done' })).toHaveLength(1);
  });

  test('is left alone where it is the Job of a stamped CronJob', async () => {
    stage.consumer('nightly', { kind: 'CronJob' });
    const process = await stage.leading();
    const since = stage.now;
    stage.jobOf('nightly', 'nightly-1');
    await process.rest();
    expect(stage.writes(since)).toEqual([]);
  });
});

describe('a consumer whose stamp is not whole, because an edit slipped past the webhook', () => {
  const addContainer = () => {
    stage.webhook = false;
    const containers = [{ name: 'late', image: 'late' }];
    stage.patchWorkload('web', { spec: { template: { spec: { containers } } } });
  };

  test('keeps its phase and its values while a provider is away', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading();
    stage.deleteService('db');
    await process.rest();
    const values = stage.values('web');
    addContainer();
    await process.rest();
    expect([stage.phase('web'), stage.values('web')]).toEqual(['Broken', values]);
    expect(stage.events('web')).not.toContain('Held');
  });

  test('has its held pods released, also while it cannot be mended', async () => {
    stage.consumer('web');
    stage.pod('web-1', 'web');
    const process = await stage.leading();
    addContainer();
    await process.rest();
    stage.service('db', 'db', 5432);
    await process.pass(1);
    expect([stage.phase('web'), stage.permits('web')]).toEqual(['Related', [expect.any(String)]]);
    stage.webhook = true;
    await process.pass(300);
    expect(stage.events('web')).toEqual(expect.arrayContaining(['NotStamped', 'Mended']));
  });
});

describe('a stamp that nobody asks for any more', () => {
  test('is taken off at once', async () => {
    stage.consumer('web');
    const process = await stage.leading();
    stage.webhook = false;
    stage.patchWorkload('web', { metadata: { annotations: { 'tengu.io/consumes': null, 'tengu.io/relations': null } } });
    stage.webhook = true;
    await process.rest();
    await process.pass(2);
    expect([stage.epoch('web'), stage.configMap('web')]).toEqual([undefined, undefined]);
  });
});
