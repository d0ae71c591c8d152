import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { viewPod } from '../../controller/pods.ts';
import { watchWorkload } from '../../controller/rollout.ts';
import { admit } from '../../relations/admit.ts';
import { EMPTY, renderConfigMap, viewConfigMap } from '../../relations/configmap.ts';
import { type JsonObject, objectAt, textAt } from '../../relations/json.ts';
import { isKind } from '../../relations/kinds.ts';
import { type Lists, readLists } from '../../relations/lists.ts';
import { plan } from '../../relations/plan.ts';
import { resolve } from '../../relations/resolve.ts';
import { viewService } from '../../relations/service.ts';
import { create, patched } from './api-server.ts';
import { annotations, kind, settings, template } from './arbitrary.ts';
import { eachReplaced, hostileJson, hostileList, hostileText, spoilt } from './hostile.ts';
import { NOON, recordWith } from './passes.ts';
import { finder, service } from './services.ts';
import { ALL_SETTINGS, NAMESPACE, workload } from './workloads.ts';

const stored = fc
  .record({ kind, annotations, template, settings })
  .map(({ settings, ...wanted }) => ({ settings, object: create(workload(wanted), settings).object }));

describe('a stamped workload with anything in any place', () => {
  const spoiltUpdate = stored.chain(({ object, settings }) =>
    fc.record({
      settings: fc.constant(settings),
      object: spoilt(object),
      oldObject: fc.oneof(fc.constant(object), spoilt(object)),
    }),
  );
  const requestOf = (object: JsonObject, oldObject: JsonObject, operation: 'CREATE' | 'UPDATE') => {
    const kind = textAt(oldObject, 'kind') ?? textAt(object, 'kind') ?? '';
    return { operation, kind: isKind(kind) ? kind : 'Deployment', namespace: NAMESPACE, name: 'web', object, oldObject };
  };

  test.each(ALL_SETTINGS)('is answered whichever part is of another kind (%s)', (_, settings) => {
    const sized = { name: 'web', image: 'web:1', env: [{ name: 'A', value: '1' }], resources: { limits: { cpu: '1' } } };
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [sized], initContainers: [{ name: 'init' }] } };
    const { object } = create(workload({ template }), settings);
    // With another gate since, so that it is stamped anew.
    const since = { ...settings, initContainers: [{ name: 'other-gate', image: 'gate:2' }] };
    for (const other of eachReplaced(object)) {
      for (const [now, before] of [
        [other, object],
        [object, other],
      ] as const) {
        for (const operation of ['CREATE', 'UPDATE'] as const)
          expect(() => admit(requestOf(now, before, operation), since, () => 'abcde')).not.toThrow();
      }
    }
  });

  test('is answered on create, the patch applies, and asking again gives nothing more', () => {
    fc.assert(
      fc.property(spoiltUpdate, ({ object, oldObject, settings }) => {
        const asked = (now: JsonObject) => admit(requestOf(now, oldObject, 'CREATE'), settings, () => 'abcde').patch;
        expect(asked(patched(object, asked(object)))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  // What is no list where one belongs looks like a change of the user's until the first patch has made a list of it.
  test('is answered on update, the patch applies, and it comes to rest', () => {
    fc.assert(
      fc.property(spoiltUpdate, ({ object, oldObject, settings }) => {
        const asked = (now: JsonObject) => admit(requestOf(now, oldObject, 'UPDATE'), settings, () => 'abcde').patch;
        const once = patched(object, asked(object));
        expect(asked(patched(once, asked(once)))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test('is read by the controller, also where it is a pod or a Service', () => {
    fc.assert(
      fc.property(spoiltUpdate, kind, ({ object }, kind) => {
        expect(watchWorkload(kind, object)).toMatchObject({ kind, stamped: expect.any(Boolean) });
        viewPod(object);
        viewService(object);
      }),
      { numRuns: 150 },
    );
  });
});

describe('whatever Services say', () => {
  const spoken = fc.record({
    provides: fc.oneof(fc.constantFrom('db', 'my-db', 'constructor', 'tengu', 'ld'), hostileText),
    externalName: fc.option(hostileText, { nil: undefined }),
    ports: fc.array(fc.record({ name: hostileText, port: fc.oneof(fc.nat(), hostileJson) }), { maxLength: 5 }),
    data: fc.dictionary(hostileText, hostileText, { maxKeys: 8 }),
  });
  const services = fc.array(
    fc.tuple(fc.constantFrom('db-endpoint', 'sse-endpoint', 'constructor'), spoken).map(([name, said]) => service(name, said)),
    { maxLength: 4 },
  );
  const lists = fc.record({ 'tengu.io/consumes': hostileList, 'tengu.io/relations': hostileList }).map(readLists);
  const related: Lists = { consumes: ['constructor', 'db', 'my-db'], relations: ['constructor', 'db-endpoint', 'sse-endpoint'] };

  const ONE: Lists = { consumes: ['db'], relations: ['db-endpoint'] };

  /** The ConfigMap that a workload gets when its relations stand so. */
  const configMapOf = (objects: readonly JsonObject[], wanted: Lists) => {
    const record = recordWith(wanted);
    const resolution = resolve(record, NAMESPACE, finder(objects.map(viewService)));
    const { content } = plan({ record, resolution, before: EMPTY, waiting: [], now: NOON });
    return { content, object: renderConfigMap({ kind: 'Deployment', namespace: NAMESPACE, name: 'web', uid: 'u' }, content) };
  };

  test('the ConfigMap that comes of it is one that the API server takes, and reads as it was written', () => {
    fc.assert(
      fc.property(services, fc.oneof(fc.constant(related), lists), (objects, wanted) => {
        const { content, object } = configMapOf(objects, { ...related, ...wanted });
        const [metadata, data] = [objectAt(object, 'metadata'), objectAt(object, 'data')];
        expect(Object.keys(data).filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key))).toEqual([]);
        expect(Object.values(data).every((value) => typeof value === 'string' && !value.includes('\0'))).toBe(true);
        expect(Object.values(objectAt(metadata, 'labels')).join(' ')).toMatch(/^[a-zA-Z ]+$/);
        expect(JSON.stringify(metadata.annotations).length).toBeLessThan(256 * 1024);
        expect(content.values.size).toBeLessThanOrEqual(256);
        expect([...content.values].join('').length).toBeLessThanOrEqual(64 * 1024);
        const { values, permits, status } = viewConfigMap(JSON.parse(JSON.stringify(object))) ?? EMPTY;
        expect([values, permits, status?.message]).toEqual([content.values, content.permits, content.status?.message]);
      }),
      { numRuns: 150 },
    );
  });

  test('what is told of it shows what nobody would see', () => {
    const other = service('db-endpoint', { provides: 'd\u202eb' });
    expect(configMapOf([other], ONE).content.status?.message).toContain('db-endpoint provides d\\u{202e}b');
  });

  test('what is told of it is a line that can be read', () => {
    fc.assert(
      fc.property(services, fc.oneof(fc.constant(ONE), fc.constant(related), lists), (objects, wanted) => {
        expect(configMapOf(objects, wanted).content.status?.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 150 },
    );
  });

  test('a ConfigMap of ours that somebody filled with anything is read', () => {
    const { object } = configMapOf([service('db-endpoint', { provides: 'db' })], related);
    fc.assert(
      fc.property(spoilt(object), (filled) => {
        viewConfigMap(filled);
      }),
      { numRuns: 150 },
    );
  });
});
