import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isObject, objectAt } from '../../relations/json.ts';
import { ALL_KINDS, isKind } from '../../relations/kinds.ts';
import { viewWorkload } from '../../relations/workload.ts';
import { create, podTemplate, recordOf, update, withAnnotations, withMetadata, withPodTemplate } from './api-server.ts';
import { ALL_SETTINGS, consuming, GATE, TEMPLATE, workload } from './workloads.ts';

const stored = create(workload(), GATE).object;

describe('a workload is read', () => {
  test.each(ALL_KINDS)('with who it is, what it consumes and the record of its template: %s', (kind) => {
    const { object } = create(workload({ kind }), GATE);
    const { uid, resourceVersion } = objectAt(object, 'metadata');
    expect(viewWorkload(kind, object)).toEqual({
      kind,
      namespace: 'shop',
      name: 'web',
      uid,
      resourceVersion,
      deleting: false,
      lists: { consumes: ['db'], relations: ['db-endpoint'] },
      record: recordOf(object),
      stamped: true,
      onDelete: false,
    });
  });

  test('with whether it is being deleted', () => {
    expect(viewWorkload('Deployment', withMetadata(stored, { deletionTimestamp: '2026-01-01T00:00:00Z' })).deleting).toBe(true);
  });

  test('with whether its pods wait for their owner', () => {
    const { object } = create(workload({ kind: 'DaemonSet', spec: { updateStrategy: { type: 'OnDelete' } } }), GATE);
    expect(viewWorkload('DaemonSet', object).onDelete).toBe(true);
  });

  test('whatever the object is, without a fault', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ALL_KINDS), fc.jsonValue(), fc.jsonValue(), (kind, metadata, spec) => {
        const object: unknown = { metadata, spec };
        if (isObject(object)) expect(viewWorkload(kind, object).stamped).toBe(false);
      }),
    );
  });
});

describe('a workload is completely stamped', () => {
  test.each(ALL_SETTINGS)('whatever the gate settings were: %s', (_, settings) => {
    expect(viewWorkload('Deployment', create(workload(), settings).object).stamped).toBe(true);
  });

  test.each([
    ['without a stamp', withPodTemplate(stored, TEMPLATE)],
    ['with the stamp of another name', withMetadata(stored, { name: 'copy' })],
    ['with the stamp for other lists', withAnnotations(stored, consuming('sse'))],
    ['with a stamp and no annotations', withAnnotations(stored, {})],
  ])('but not %s', (_, object) => {
    expect(viewWorkload('Deployment', object).stamped).toBe(false);
  });

  test('but not under another kind', () => {
    expect(viewWorkload('StatefulSet', stored).stamped).toBe(false);
  });

  test('also a Job whose annotations were changed since, because the record of its template counts', () => {
    const job = create(workload({ kind: 'Job' }), GATE).object;
    const { object } = update(job, withAnnotations(job, consuming('sse')), GATE);
    expect(viewWorkload('Job', object)).toMatchObject({ stamped: true, record: { consumes: ['db'] } });
  });

  test('only with every part that the record names', () => {
    const template = podTemplate(stored);
    const { spec, metadata } = template;
    expect(viewWorkload('Deployment', withPodTemplate(stored, { metadata, spec: TEMPLATE.spec })).stamped).toBe(false);
    const annotations = objectAt(metadata, 'annotations');
    expect(viewWorkload('Deployment', withPodTemplate(stored, { metadata: { annotations }, spec })).stamped).toBe(false);
  });
});

test.each(['Pod', 'ReplicaSet', '', 'constructor', '__proto__', undefined, 7])('%p is no kind of workload', (kind) => {
  expect(isKind(kind)).toBe(false);
});
