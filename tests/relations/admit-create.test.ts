import { describe, expect, test } from '@jest/globals';
import { admit } from '../../relations/admit.ts';
import { type JsonObject, objectAt, objectsAt } from '../../relations/json.ts';
import { ALL_KINDS } from '../../relations/kinds.ts';
import { permitOf } from '../../relations/record.ts';
import { create, defaulted, nextSalt, patched, podTemplate, recordOf, withMetadata, withPodTemplate } from './api-server.ts';
import { at, GATE, KUBELET, NAMESPACE, TEMPLATE, workload } from './workloads.ts';

/** Admission of an object that is created, as it is. */
const admitted = (object: JsonObject, settings = GATE) =>
  admit(
    { operation: 'CREATE', kind: String(object.kind), namespace: NAMESPACE, name: '', object, oldObject: null },
    settings,
    nextSalt,
  );

describe('a consumer that is created', () => {
  test.each(ALL_KINDS)('is stamped: %s', (kind) => {
    const { object, admission } = create(workload({ kind }), GATE, () => 'abcde');
    expect(admission).toMatchObject({ outcome: 'stamped', reason: '', workload: { kind, namespace: NAMESPACE, name: 'web' } });
    expect(recordOf(object)).toMatchObject({ kind, name: 'web', consumes: ['db'], epoch: 0, salt: 'abcde', seal: 'abcde' });
    expect(at(object, 'metadata')).toMatchObject({
      labels: { 'tengu.io/relationships': 'full' },
      annotations: { 'injector.tengu.io/status': 'injected' },
    });
  });

  test('keeps the label by which the controller watches it, whatever its value', () => {
    const { object } = create(workload({ labels: { 'tengu.io/relationships': 'some' } }), GATE);
    expect(at(object, 'metadata', 'labels')).toEqual({ 'tengu.io/relationships': 'some' });
  });

  test('is asked for a second time in vain', () => {
    const { object } = create(workload(), GATE);
    expect(admitted(object)).toMatchObject({ outcome: 'unchanged', patch: [] });
  });

  test('keeps its salt when it is asked for again with a container that another webhook added, and supplies that', () => {
    const { object } = create(workload(), KUBELET);
    const template = podTemplate(object);
    const spec = objectAt(template, 'spec');
    const withProxy = { ...template, spec: { ...spec, containers: [...objectsAt(spec, 'containers'), { name: 'proxy' }] } };
    const called = withPodTemplate(object, withProxy);
    const again = patched(called, admitted(called, KUBELET).patch);
    expect(permitOf(recordOf(again))).toBe(permitOf(recordOf(object)));
    expect(at(podTemplate(again), 'spec', 'containers', 1)).toMatchObject({
      name: 'proxy',
      env: [{ name: 'TENGU_PERMIT' }],
      envFrom: [{ configMapRef: { name: 'relations-deployment-web' } }],
    });
    expect(admitted(again, KUBELET).patch).toEqual([]);
  });

  test('that another webhook put an init container or a source before ours is put in order again', () => {
    const { object } = create(workload(), GATE);
    const template = podTemplate(object);
    const spec = objectAt(template, 'spec');
    const [web] = objectsAt(spec, 'containers');
    const other = { configMapRef: { name: 'other' } };
    const called = withPodTemplate(object, {
      ...template,
      spec: {
        ...spec,
        initContainers: [{ name: 'other-init' }, ...objectsAt(spec, 'initContainers')],
        containers: [{ ...web, envFrom: [other, ...objectsAt(web, 'envFrom')] }],
      },
    });
    const again = podTemplate(patched(called, admitted(called).patch));
    expect(at(again, 'spec', 'initContainers')).toMatchObject([{ name: 'tengu-gate' }, { name: 'other-init' }]);
    expect(at(again, 'spec', 'containers', 0, 'envFrom')).toEqual([
      { configMapRef: { name: 'relations-deployment-web', optional: true } },
      other,
    ]);
  });
});

describe('a copy', () => {
  const { object: original } = create(workload(), GATE);
  const withName = (name: string) => withMetadata(original, { name, uid: undefined, resourceVersion: undefined });
  const bare = TEMPLATE;

  test('under another name is stamped for its own name, with nothing left of the other stamp', () => {
    const { object } = create(withName('copy'), GATE);
    const fresh = create(workload({ name: 'copy' }), GATE, () => recordOf(object).salt);
    expect(podTemplate(object)).toEqual(podTemplate(fresh.object));
    expect(recordOf(object).salt).not.toBe(recordOf(original).salt);
  });

  test('of another kind is stamped for its own kind', () => {
    const { object } = create({ ...original, kind: 'StatefulSet' }, GATE);
    expect(recordOf(object)).toMatchObject({ kind: 'StatefulSet', put: { configMap: 'relations-statefulset-web' } });
    expect(recordOf(object).salt).not.toBe(recordOf(original).salt);
  });

  test('under the same name of a workload that has rolled gets another salt and begins at epoch 0', () => {
    const stamp = { ...recordOf(original), v: 1, epoch: 4 };
    const template = podTemplate(original);
    const rolled = withPodTemplate(original, {
      ...template,
      metadata: { ...objectAt(template, 'metadata'), annotations: { 'injector.tengu.io/stamp': JSON.stringify(stamp) } },
    });
    const { object } = create(rolled, GATE);
    expect(recordOf(object).epoch).toBe(0);
    expect(recordOf(object).salt).not.toBe(recordOf(original).salt);
  });

  test('whose relations were edited in the file gets another salt', () => {
    const edited = withMetadata(original, { annotations: { 'tengu.io/consumes': 'sse' } });
    const { object } = create(edited, GATE);
    expect(recordOf(object)).toMatchObject({ consumes: ['sse'] });
    expect(recordOf(object).salt).not.toBe(recordOf(original).salt);
  });

  test('under the same name gets another salt where the API server says that the stamp came with the request', () => {
    const fieldsV1 = (way: readonly string[]): JsonObject =>
      way.reduceRight<JsonObject>((inner, key) => ({ [`f:${key}`]: inner }), {});
    const sent = ['spec', 'template', 'metadata', 'annotations', 'injector.tengu.io/stamp'];
    const managed = (way: readonly string[]) => withMetadata(original, { managedFields: [{ fieldsV1: fieldsV1(way) }] });
    expect(recordOf(create(managed(sent), GATE).object).salt).not.toBe(recordOf(original).salt);
    expect(recordOf(create(managed(sent.slice(0, 4)), GATE).object).salt).toBe(recordOf(original).salt);
  });

  test('that consumes nothing loses the stamp', () => {
    const { object, admission } = create(withMetadata(original, { annotations: { note: 'x' } }), GATE);
    expect(admission.outcome).toBe('removed');
    expect(podTemplate(object)).toEqual(podTemplate(defaulted(workload({ template: bare }))));
  });
});

describe('an object that has only generateName', () => {
  const unnamed = (generateName: string, annotations?: JsonObject) => {
    const { metadata, ...rest } = workload({ kind: 'Job', ...(annotations === undefined ? {} : { annotations }) });
    const { name: _, ...others } = objectAt({ metadata }, 'metadata');
    return defaulted({ ...rest, metadata: { ...others, generateName } });
  };

  test('is given its name, for which it is stamped', () => {
    const { object, admission } = create(unnamed('load-'), GATE, () => 'abcde');
    expect(at(object, 'metadata', 'name')).toBe('load-abcde');
    expect(recordOf(object)).toMatchObject({ name: 'load-abcde', put: { configMap: 'relations-job-load-abcde' } });
    expect(admission.workload.name).toBe('load-abcde');
  });

  test('keeps that name and stamp when it is asked for again', () => {
    expect(admitted(create(unnamed('load-'), GATE).object).patch).toEqual([]);
  });

  test('is given a name as long as the API server would', () => {
    const { object } = create(unnamed('x'.repeat(200)), GATE, () => 'abcde');
    expect(at(object, 'metadata', 'name')).toBe(`${'x'.repeat(58)}abcde`);
  });

  test('is left to the API server where it consumes nothing', () => {
    expect(admitted(unnamed('load-', {}))).toMatchObject({ outcome: 'skipped', reason: 'no-relations', patch: [] });
  });
});

describe('none of our business is', () => {
  test.each([
    ['a kind that is no workload', { ...workload(), kind: 'ReplicaSet' }, 'not-a-workload'],
    ['an object without a pod template', { kind: 'Deployment', metadata: { name: 'x' } }, 'not-a-workload'],
    ['a workload without relations', workload({ annotations: { note: 'x' } }), 'no-relations'],
    ['a workload with empty relations', workload({ annotations: { 'tengu.io/consumes': ' , ' } }), 'no-relations'],
    ['a workload that is being deleted', workload({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }), 'being-deleted'],
  ])('%s', (_, object, reason) => {
    expect(admitted(object)).toMatchObject({ outcome: 'skipped', reason, patch: [], warnings: [] });
  });
});

describe('what a user wrote wrong', () => {
  test('is never a reason to reject: the pods are held and a warning says why', () => {
    const { admission } = create(workload({ annotations: { 'tengu.io/consumes': 'my db', 'tengu.io/relations': 'x' } }), GATE);
    expect(admission.outcome).toBe('stamped');
    expect(admission.warnings).toEqual([
      'the pods of Deployment web are held: tengu.io/consumes: "my db" is no interface (a label value that begins with a letter: a-z, 0-9, -, _ and .)',
    ]);
  });
});
