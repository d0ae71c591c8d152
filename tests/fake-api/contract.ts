import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiError } from '../../controller/kube/api-error.ts';
import { formatApiPath } from '../../controller/kube/api-path.ts';
import type { BodyType, Client } from '../../controller/kube/client.ts';
import { isFields, isKubeObject, type KubeObject } from '../../controller/kube/kube-object.ts';
import { listPage } from '../../controller/kube/list.ts';
import { readWatchEvent } from '../../controller/kube/watch-event.ts';

/** A server to hold to the contract. */
export interface Subject {
  readonly client: Client;
  /** Exists, empty. */
  readonly namespace: string;
  readonly close: () => Promise<void>;
}

/**
 * What the tests of the controller take for granted about an API server. Run against the fake one with the unit tests and
 * against a real one with the e2e tests, so that the fake cannot drift away from Kubernetes.
 */
export function describeApiServer(name: string, open: () => Promise<Subject>): void {
  let subject: Subject;
  beforeAll(async () => {
    subject = await open();
  });
  afterAll(() => subject.close());

  const configMaps = (object?: string) =>
    formatApiPath({ group: '', version: 'v1', resource: 'configmaps', namespace: subject.namespace, name: object });
  const deployments = (object?: string) =>
    formatApiPath({ group: 'apps', version: 'v1', resource: 'deployments', namespace: subject.namespace, name: object });
  const send = async (method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<KubeObject> =>
    objectIn(await subject.client.request({ method, path, body }));
  const patch = async (path: string, body: object, contentType: BodyType = 'application/merge-patch+json'): Promise<KubeObject> =>
    objectIn(await subject.client.request({ method: 'PATCH', path, body, contentType }));
  const remove = (path: string, body?: object) => subject.client.request({ method: 'DELETE', path, body });
  const create = (object: string, more: object = {}, labels: object = {}) =>
    send('POST', configMaps(), { metadata: { name: object, labels }, ...more });
  const list = async (query: Readonly<Record<string, string>>, pageSize?: number, token?: string) =>
    listPage(subject.client, { path: configMaps(), query, pageSize }, token);
  /** The next events of a watch from that revision on, as `TYPE name`. */
  const watch = async (resourceVersion: string, count: number, labelSelector?: string) => {
    const call = { verb: 'watch', path: configMaps() } as const;
    const events: { told: string; resourceVersion: string }[] = [];
    for await (const line of subject.client.watch({
      path: call.path,
      query: { resourceVersion, labelSelector },
      silenceMs: 4_000,
    })) {
      const event = readWatchEvent(call, line);
      if (event.type === 'BOOKMARK') continue;
      const { metadata } = event.object;
      events.push({ told: `${event.type} ${metadata.name}`, resourceVersion: metadata.resourceVersion });
      if (events.length === count) break;
    }
    return events;
  };

  describe(`${name}: a write`, () => {
    test('that creates gives uid, resourceVersion and creation time', async () => {
      const { metadata } = await create('created');
      expect(metadata).toMatchObject({
        uid: expect.any(String),
        namespace: subject.namespace,
        creationTimestamp: expect.any(String),
      });
      expect(metadata.resourceVersion).toMatch(/^\d+$/);
    });

    test('that creates what exists is refused as AlreadyExists', async () => {
      await create('twice');
      expect(await refusal(create('twice'))).toMatchObject({ code: 409, alreadyExists: true });
    });

    test('with generateName makes up a name', async () => {
      const { metadata } = await send('POST', configMaps(), { metadata: { generateName: 'made-' } });
      expect(metadata.name).toMatch(/^made-\w{5}$/);
    });

    test('with an old resourceVersion is refused as Conflict, as update and as patch', async () => {
      const old = await create('raced', { data: { v: '0' } });
      await patch(configMaps('raced'), { data: { v: '1' } });
      expect(await refusal(send('PUT', configMaps('raced'), { ...old, data: { v: '2' } }))).toMatchObject({ conflict: true });
      const { resourceVersion } = old.metadata;
      const late = patch(configMaps('raced'), { metadata: { resourceVersion }, data: { v: '2' } });
      expect(await refusal(late)).toMatchObject({ conflict: true });
      expect(await send('GET', configMaps('raced'))).toMatchObject({ data: { v: '1' } });
    });

    test('that changes nothing keeps the resourceVersion', async () => {
      const { metadata } = await create('same', { data: { v: '0' } });
      const again = await patch(configMaps('same'), { data: { v: '0' } });
      expect(again.metadata.resourceVersion).toBe(metadata.resourceVersion);
    });

    test('by merge patch takes a field away with null and replaces a list', async () => {
      await create('merged', { data: { a: '1', b: '2' } }, { l: 'x' });
      const merged = await patch(configMaps('merged'), {
        metadata: { labels: null, finalizers: null },
        data: { a: null, c: '3' },
      });
      expect([merged.data, merged.metadata.labels]).toEqual([{ b: '2', c: '3' }, undefined]);
    });

    test('to what does not exist is refused as NotFound', async () => {
      expect(await refusal(patch(configMaps('nowhere'), {}))).toMatchObject({ notFound: true });
      expect(await refusal(send('GET', configMaps('nowhere')))).toMatchObject({ notFound: true });
    });

    test('that deletes looks at uid and resourceVersion first', async () => {
      const { metadata } = await create('deleted');
      for (const preconditions of [{ uid: 'other' }, { resourceVersion: '1' }]) {
        expect(await refusal(remove(configMaps('deleted'), { preconditions }))).toMatchObject({ conflict: true });
      }
      await remove(configMaps('deleted'), { preconditions: { uid: metadata.uid } });
      expect(await refusal(send('GET', configMaps('deleted')))).toMatchObject({ notFound: true });
    });
  });

  describe(`${name}: a workload`, () => {
    const container = {
      name: 'app',
      image: 'app',
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
    };
    const workload = (object: string) => ({
      metadata: { name: object },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: object } },
        template: { metadata: { labels: { app: object } }, spec: { containers: [container, { ...container, name: 'side' }] } },
      },
    });
    const strategic = (object: string, pod: object) =>
      patch(deployments(object), { spec: { template: { spec: pod } } }, 'application/strategic-merge-patch+json');
    const containersOf = ({ spec }: KubeObject) => at(at(at(spec, 'template'), 'spec'), 'containers');

    test('is merged by the names of containers and variables by a strategic merge patch', async () => {
      await send('POST', deployments(), workload('strategic'));
      const env = [
        { name: 'B', value: '3' },
        { name: 'C', value: '4' },
        { name: 'A', $patch: 'delete' },
      ];
      const patched = await strategic('strategic', { containers: [{ name: 'side', env }] });
      expect(containersOf(patched)).toMatchObject([
        { name: 'app', env: container.env },
        { name: 'side', image: 'app' },
      ]);
      const merged = at(Object(containersOf(patched))[1], 'env');
      expect(merged).toEqual(
        expect.arrayContaining([
          { name: 'B', value: '3' },
          { name: 'C', value: '4' },
        ]),
      );
      expect(merged).toHaveLength(2);
    });

    test('has its list envFrom replaced as a whole', async () => {
      await send('POST', deployments(), workload('atomic'));
      const from = (config: string) => ({ containers: [{ name: 'app', envFrom: [{ configMapRef: { name: config } }] }] });
      await strategic('atomic', from('one'));
      expect(containersOf(await strategic('atomic', from('two')))).toMatchObject([from('two').containers[0], { name: 'side' }]);
      expect(at(Object(containersOf(await send('GET', deployments('atomic'))))[0], 'envFrom')).toHaveLength(1);
    });

    test('gets a new generation with its spec, not with a label', async () => {
      const { metadata } = await send('POST', deployments(), workload('generation'));
      expect(metadata.generation).toBe(1);
      const labelled = await patch(deployments('generation'), { metadata: { labels: { l: 'x' } } });
      expect(labelled.metadata.generation).toBe(1);
      const changed = await patch(deployments('generation'), { spec: { minReadySeconds: 5 } });
      expect(changed.metadata.generation).toBe(2);
    });
  });

  describe(`${name}: a list`, () => {
    test('comes in pages of one moment, ordered by name, its items without a kind', async () => {
      for (const object of ['p1', 'p2', 'p3']) await create(object, {}, { set: 'pages' });
      const first = await list({ labelSelector: 'set=pages' }, 2);
      await create('p0', {}, { set: 'pages' });
      await remove(configMaps('p3'));
      const second = await list({ labelSelector: 'set=pages' }, 2, first.continueToken);
      expect([...first.items, ...second.items].map(({ metadata }) => metadata.name)).toEqual(['p1', 'p2', 'p3']);
      expect([second.resourceVersion, second.continueToken]).toEqual([first.resourceVersion, undefined]);
      expect(first.items[0]?.kind).toBeUndefined();
    });

    test.each([
      ['tier=db', ['s1']],
      ['tier!=db,set=selectors', ['s2', 's3']],
      ['tier,set=selectors', ['s1', 's2']],
      ['!tier,set=selectors', ['s3']],
      ['tier in (db, web)', ['s1', 's2']],
      ['tier notin (db),set=selectors', ['s2', 's3']],
    ])('of what fits %s is %j', async (labelSelector, expected) => {
      await Promise.all([
        create('s1', {}, { set: 'selectors', tier: 'db' }),
        create('s2', {}, { set: 'selectors', tier: 'web' }),
        create('s3', {}, { set: 'selectors' }),
      ]).catch(() => undefined);
      const { items } = await list({ labelSelector });
      expect(items.map(({ metadata }) => metadata.name)).toEqual(expected);
    });

    test('can select one name', async () => {
      await create('named');
      const { items } = await list({ fieldSelector: 'metadata.name=named' });
      expect(items.map(({ metadata }) => metadata.name)).toEqual(['named']);
    });
  });

  describe(`${name}: a watch`, () => {
    test('tells from its revision on what is added, modified and deleted, each under a revision of its own', async () => {
      const { resourceVersion } = await list({});
      await create('w1', {}, { set: 'watch' });
      await patch(configMaps('w1'), { data: { v: '1' } });
      await remove(configMaps('w1'));
      const events = await watch(resourceVersion, 3, 'set=watch');
      expect(events.map(({ told }) => told)).toEqual(['ADDED w1', 'MODIFIED w1', 'DELETED w1']);
      expect(new Set(events.map((event) => event.resourceVersion)).size).toBe(3);
    });

    test('with a selector tells what begins to fit as added and what ceases to fit as deleted', async () => {
      const { resourceVersion } = await list({});
      await create('w2', {}, { set: 'other' });
      await patch(configMaps('w2'), { metadata: { labels: { set: 'fits' } } });
      await patch(configMaps('w2'), { metadata: { labels: { set: 'other' } } });
      const events = await watch(resourceVersion, 2, 'set=fits');
      expect(events.map(({ told }) => told)).toEqual(['ADDED w2', 'DELETED w2']);
    });
  });
}

async function refusal(work: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await work.then(
    () => new Error('was not refused'),
    (reason: unknown) => reason,
  );
  if (error instanceof ApiError) return error;
  throw error;
}

function objectIn(answer: unknown): KubeObject {
  if (!isKubeObject(answer)) throw new Error(`no object: ${JSON.stringify(answer)}`);
  return answer;
}

function at(value: unknown, field: string): unknown {
  return isFields(value) ? value[field] : undefined;
}
