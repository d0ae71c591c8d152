import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Refused } from '../fake-api/refused.ts';
import { until } from '../fake-api/until.ts';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

const patchNamespace = (metadata: Readonly<Record<string, unknown>>) =>
  stage.api.store.patch({ collection: 'namespaces', namespace: undefined, name: 'shop' }, 'application/merge-patch+json', {
    metadata,
  });
const optOut = () => patchNamespace({ labels: { 'tengu-injector': null } });
const optIn = () => patchNamespace({ labels: { 'tengu-injector': 'enabled' } });

describe('a namespace', () => {
  test('that is not opted in is left alone', async () => {
    optOut();
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    await stage.leading();
    expect(stage.writes()).toEqual([]);
  });

  test('that loses its label freezes, and an Event on each held workload says so once', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('held', { relations: 'nowhere' });
    stage.consumer('related');
    const process = await stage.leading();
    optOut();
    await process.rest();
    stage.service('nowhere', 'db');
    await process.rest();
    expect([stage.events('held'), stage.events('related')]).toEqual([['Held', 'Frozen'], ['Related']]);
    expect(stage.permits('held')).toEqual([]);
    const since = stage.now;
    await stage.restarted(process);
    expect(stage.writes(since)).toEqual([]);
  });

  test('that is opted in again goes on where it was', async () => {
    stage.consumer('web');
    const process = await stage.leading();
    optOut();
    stage.service('db', 'db', 5432);
    await process.rest();
    optIn();
    await process.rest();
    expect([stage.phase('web'), stage.permits('web')]).toEqual(['Related', ['TENGU_PERMIT_0_salt1']]);
  });

  test('that is being deleted gets nothing, no Event and no warning', async () => {
    stage.consumer('web');
    const process = await stage.leading();
    patchNamespace({ deletionTimestamp: '2030-01-01T00:00:00Z' });
    stage.service('db', 'db', 5432);
    await process.rest();
    const since = stage.now;
    stage.deleteService('db');
    stage.deleteConfigMap('web');
    await process.pass(61);
    expect(stage.writes(since)).toEqual([]);
    expect(process.lines.filter(({ level }) => level > 30)).toEqual([]);
  });

  test('that refuses a ConfigMap because it is being deleted is heard of a few times, and then not any more', async () => {
    const process = await stage.leading();
    const admission = stage.api.store.admission;
    stage.api.store.admission = (object, old, place) => {
      if (old === undefined && ['configmaps', 'events'].includes(place.collection))
        throw new Refused(403, 'Forbidden', 'unable to create new content in namespace shop because it is being terminated');
      return admission(object, old, place);
    };
    stage.consumer('web');
    await process.rest();
    patchNamespace({ deletionTimestamp: '2030-01-01T00:00:00Z' });
    await process.pass(400);
    expect(process.lines.filter(({ level }) => level > 30).length).toBeLessThanOrEqual(2);
  });
});

describe('with namespaces given by name', () => {
  test('only those are looked at, and nothing is listed in all namespaces', async () => {
    stage.namespace('other');
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    await stage.leading({ namespaces: ['shop', 'missing'] });
    expect(stage.phase('web')).toBe('Related');
    const wide = stage.api.requests.filter(({ verb, namespace }) => verb !== 'get' && namespace === undefined);
    expect(wide).toEqual([]);
    expect(stage.api.seen({ verb: 'get', resource: 'namespaces', name: 'other' })).toEqual([]);
  });

  test('one that is opted in later is taken up within 15 s', async () => {
    optOut();
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const process = await stage.leading({ namespaces: ['shop'] });
    expect(stage.configMap('web')).toBeUndefined();
    optIn();
    await process.pass(16);
    expect(stage.phase('web')).toBe('Related');
  });

  test('a list is not complete before each of them could be looked at', async () => {
    const fault = stage.api.faults.add({ verb: 'get', resource: 'namespaces' }, { answer: 403 });
    const process = stage.start({ namespaces: ['shop'] });
    await until('it says that it may not look', () => process.said('lost contact'));
    await until('the watches are open', () => stage.api.watches().length === 7);
    expect(process.controller.whyNotReady()).toEqual(['the first lists are not complete']);
    fault.release();
    process.clock.advance(15_000);
    await process.leading();
    expect(process.controller.whyNotReady()).toEqual([]);
  });
});
