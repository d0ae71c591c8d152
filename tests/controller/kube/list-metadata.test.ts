import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Client, createClient } from '../../../controller/kube/client.ts';
import { listMetadata } from '../../../controller/kube/list-metadata.ts';
import { plainAccess } from '../../fake-api/access.ts';
import { FakeApi } from '../../fake-api/fake-api.ts';
import { ManualClock } from '../../fake-api/manual-clock.ts';
import { until } from '../../fake-api/until.ts';

let api: FakeApi;
let clock: ManualClock;
let client: Client;

beforeEach(async () => {
  api = await FakeApi.start();
  clock = new ManualClock();
  client = createClient(plainAccess(api.url), { clock });
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    api.store.create('deployments.apps', 'shop', { metadata: { name, labels: { tier: 'web' } }, spec: { secret: 'of no use' } });
  }
});
afterEach(async () => {
  await client.close();
  await api.stop();
});

const path = '/apis/apps/v1/deployments';
type Request = Parameters<typeof listMetadata>[1];
async function sweep(request: Partial<Request>, names: string[] = []): Promise<string[]> {
  for await (const metadata of listMetadata(client, { path, clock, ...request })) names.push(metadata.name);
  return names;
}
const limits = () => api.seen({ verb: 'list' }).map(({ query }) => query.get('limit'));

describe('a metadata-only list', () => {
  test('asks for metadata alone, page by page', async () => {
    expect(await sweep({ pageSize: 2, labelSelector: 'tier=web' })).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(limits()).toEqual(['2', '2', '2']);
    const [first] = api.requests;
    expect(first?.headers.accept).toContain('as=PartialObjectMetadataList');
    expect(first?.query.get('labelSelector')).toBe('tier=web');
  });

  test('rests between two pages', async () => {
    const names: string[] = [];
    const all = sweep({ pageSize: 3, pauseMs: 5_000 }, names);
    await until('the first page is read', () => names.length === 3 && clock.timers.length === 1);
    clock.advance(4_999);
    expect(limits()).toHaveLength(1);
    clock.advance(1);
    await all;
    expect(names).toHaveLength(5);
  });

  test('that outlives its snapshot goes on behind the last page, on what is there now', async () => {
    const names: string[] = [];
    const all = sweep({ pageSize: 2, pauseMs: 5_000 }, names);
    await until('the first page is read', () => names.length === 2 && clock.timers.length === 1);
    api.store.delete({ collection: 'deployments.apps', namespace: 'shop', name: 'd' }, {});
    api.store.compact();
    clock.advance(5_000);
    await until('the second page is read', () => names.length === 4 && clock.timers.length <= 1);
    await all;
    expect(names).toEqual(['a', 'b', 'c', 'e']);
  });

  test("ends with the signal's reason, also while it rests", async () => {
    const stop = new AbortController();
    const names: string[] = [];
    const all = sweep({ pageSize: 2, pauseMs: 5_000, signal: stop.signal }, names);
    await until('it rests', () => names.length === 2 && clock.timers.length === 1);
    stop.abort('enough');
    await expect(all).rejects.toBe('enough');
    expect(clock.timers).toEqual([]);
  });

  test('hands on what the server refuses', async () => {
    api.faults.add({ verb: 'list' }, { answer: 403 });
    await expect(sweep({})).rejects.toMatchObject({ forbidden: true, resource: 'deployments.apps' });
  });
});
