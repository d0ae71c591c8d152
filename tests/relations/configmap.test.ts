import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Content, EMPTY, renderConfigMap, sameContent, viewConfigMap, workloadOf } from '../../relations/configmap.ts';
import { isObject, objectAt } from '../../relations/json.ts';
import { ALL_KINDS } from '../../relations/kinds.ts';
import { configMapName } from '../../relations/names.ts';
import { withMetadata } from './api-server.ts';
import { dbAt, pass, recordWith } from './passes.ts';

const OWNER = { kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u-1' } as const;
const CONTENT = pass(recordWith({ epoch: 2 }), { 'db-endpoint': dbAt('h1') }).content;

describe('a ConfigMap', () => {
  test('has a key for each variable and permit, the phase as a label, epoch and status as annotations, and its owner', () => {
    expect(renderConfigMap(OWNER, CONTENT)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'relations-deployment-web',
        namespace: 'shop',
        labels: { 'tengu.io/relations-of': 'Deployment', 'tengu.io/phase': 'Related' },
        annotations: { 'tengu.io/epoch': '2', 'tengu.io/status': JSON.stringify(CONTENT.status) },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u-1' }],
      },
      data: { DB: 'h1', DB_HOST: 'h1', DB_PORT: '', TENGU_PERMIT_2_aaaaa: 'given' },
    });
  });

  test('is read as it was written', () => {
    const written = withMetadata(renderConfigMap(OWNER, CONTENT), { uid: 'c-1', resourceVersion: '7' });
    expect(viewConfigMap(written)).toEqual({
      ...CONTENT,
      namespace: 'shop',
      name: 'relations-deployment-web',
      uid: 'c-1',
      resourceVersion: '7',
      kind: 'Deployment',
      owners: [{ kind: 'Deployment', name: 'web', uid: 'u-1' }],
    });
  });

  test('is listed as Held before anything is known', () => {
    expect(objectAt(objectAt(renderConfigMap(OWNER, EMPTY), 'metadata'), 'labels')['tengu.io/phase']).toBe('Held');
  });

  test.each(['x', '-1', '1.5', '', '99999999999999999'])('with the epoch %j has epoch 0', (epoch) => {
    const written = withMetadata(renderConfigMap(OWNER, CONTENT), { annotations: { 'tengu.io/epoch': epoch } });
    expect(viewConfigMap(written)?.epoch).toBe(0);
  });

  test.each(['', '{', '[]', '{}', '{"phase":"x","since":"","message":""}'])('with the status %j has none', (status) => {
    const written = withMetadata(renderConfigMap(OWNER, CONTENT), { annotations: { 'tengu.io/status': status } });
    expect(viewConfigMap(written)?.status).toBeUndefined();
  });
});

describe('a ConfigMap is not ours', () => {
  const ours = renderConfigMap(OWNER, CONTENT);
  test.each([
    ['without the label', withMetadata(ours, { labels: {} })],
    ['with the label for a kind that is none', withMetadata(ours, { labels: { 'tengu.io/relations-of': 'Pod' } })],
    ['under another name', withMetadata(ours, { name: 'web' })],
    ['under the name of another kind', withMetadata(ours, { labels: { 'tengu.io/relations-of': 'StatefulSet' } })],
  ])('%s', (_, object) => {
    expect(viewConfigMap(object)).toBeUndefined();
  });

  test('or is, whatever object it is, without a fault', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ALL_KINDS), fc.jsonValue(), fc.jsonValue(), (kind, metadata, data) => {
        const object: unknown = { metadata, data };
        if (!isObject(object)) return;
        viewConfigMap(object);
        const labelled = viewConfigMap(
          withMetadata(object, { name: configMapName(kind, 'x'), labels: { 'tengu.io/relations-of': kind } }),
        );
        expect(labelled?.kind).toBe(kind);
      }),
    );
  });
});

describe('the workload of a ConfigMap', () => {
  test('is known by its name, also of an orphan', () => {
    expect(workloadOf({ kind: 'Deployment', name: 'relations-deployment-web', owners: [] })).toBe('web');
  });

  test('is known by its owner where the name is shortened', () => {
    const name = 'x'.repeat(250);
    const owners = [{ kind: 'Deployment', name, uid: 'u' }];
    expect(workloadOf({ kind: 'Deployment', name: configMapName('Deployment', name), owners })).toBe(name);
  });

  test('is not the owner whose name is another', () => {
    const owners = [{ kind: 'Deployment', name: 'other', uid: 'u' }];
    expect(workloadOf({ kind: 'Deployment', name: 'relations-deployment-web', owners })).toBe('web');
  });
});

test('whatever it says, a ConfigMap is read as it was written, with keys that the API server takes', () => {
  const variable = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,20}$/).filter((name) => !name.startsWith('TENGU_'));
  const interfaces = fc.dictionary(
    fc.constantFrom('db', 'sse', 'constructor'),
    fc.constantFrom(
      { missing: true as const },
      { service: 'a', variables: ['A'] },
      { service: 'a', variables: [], conflict: 'x' },
    ),
  );
  const content: fc.Arbitrary<Content> = fc.record({
    values: fc.dictionary(variable, fc.string()).map((values) => new Map(Object.entries(values))),
    permits: fc.uniqueArray(
      fc.tuple(fc.nat(), fc.stringMatching(/^[a-z0-9]{5}$/)).map(([epoch, seal]) => `TENGU_PERMIT_${epoch}_${seal}`),
    ),
    epoch: fc.nat(),
    status: fc.option(
      fc.record({
        phase: fc.constantFrom('Held', 'Related', 'Broken', 'Conflict'),
        since: fc.string(),
        message: fc.string({ unit: 'binary' }),
        interfaces,
      }),
      { nil: undefined },
    ),
  });
  fc.assert(
    fc.property(content, (each) => {
      const object = JSON.parse(JSON.stringify(renderConfigMap(OWNER, each)));
      const view = viewConfigMap(object);
      expect(view !== undefined && sameContent(view, each) && sameContent(each, view)).toBe(true);
      for (const key of Object.keys(objectAt(object, 'data'))) expect(key).toMatch(/^[-._a-zA-Z0-9]{1,253}$/);
    }),
  );
});

describe('two contents would be written alike', () => {
  test.each<[string, Partial<Content>, boolean]>([
    ['with permits in another order', { permits: [...CONTENT.permits].reverse() }, true],
    ['with a permit more', { permits: [...CONTENT.permits, 'TENGU_PERMIT_9_x'] }, false],
    ['with another epoch', { epoch: 9 }, false],
    ['with a value more', { values: new Map([...CONTENT.values, ['X', '']]) }, false],
    ['with another value', { values: new Map([...CONTENT.values, ['DB', 'x']]) }, false],
    ['without a status', { status: undefined }, false],
  ])('%s', (_, change, expected) => {
    expect(sameContent(CONTENT, { ...CONTENT, ...change })).toBe(expected);
  });
});
