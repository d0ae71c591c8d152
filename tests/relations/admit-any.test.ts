import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { admit } from '../../relations/admit.ts';
import { isObject, type JsonObject, objectAt, textAt } from '../../relations/json.ts';
import { ALL_KINDS, templateOf } from '../../relations/kinds.ts';
import { permitOf, readRecord } from '../../relations/record.ts';
import { STAMP } from '../../relations/vocabulary.ts';
import { create, defaulted, patched, podTemplate, recordOf, update, withAnnotations, withPodTemplate } from './api-server.ts';
import { annotations, kind, settings, template } from './arbitrary.ts';
import { contains } from './contains.ts';
import { applied, strategicMerge } from './merges.ts';
import { NAMESPACE, workload } from './workloads.ts';

const manifest = fc
  .record({ kind, annotations, template })
  .map(({ kind, annotations, template }) => workload({ kind, annotations, template }));
const updatable = manifest.filter((object) => object.kind !== 'Job');
const isConsumer = (object: JsonObject) =>
  /[a-zä]/.test(JSON.stringify(Object.values(objectAt(objectAt(object, 'metadata'), 'annotations'))));

/** What an object of whatever user and program may look like: our words at the right places, anything as their values. */
const anything = fc.jsonValue({ maxDepth: 2 });
const within = (keys: { [key: string]: fc.Arbitrary<unknown> }) => fc.oneof(anything, fc.record(keys, { requiredKeys: [] }));
const hostileRecord = fc.record(
  {
    v: fc.constant(1),
    kind: fc.constantFrom(...ALL_KINDS, 'x'),
    name: fc.oneof(fc.constant('web'), anything),
    consumes: anything,
    relations: anything,
    epoch: fc.oneof(fc.nat(), fc.constantFrom(Number.MAX_SAFE_INTEGER, '999999999999999'), anything),
    salt: fc.oneof(fc.constantFrom('abcde', 'a/b', '../..', '__proto__'), anything),
    seal: fc.oneof(fc.constantFrom('abcde', 'A', '_'), anything),
    put: within({
      configMap: fc.constantFrom('relations-deployment-web', 'x'),
      label: fc.constantFrom('deployment.web', 'x'),
      gates: fc.oneof(fc.constant(['web', 'init']), anything),
      volume: fc.constantFrom('data', 'tengu-relations'),
      init: anything,
      app: anything,
      permits: fc.oneof(fc.constant({ web: 'A', constructor: 'B' }), anything),
    }),
  },
  { requiredKeys: ['v', 'kind'] },
);
const hostileContainer = within({
  name: fc.constantFrom('web', 'constructor', '__proto__', 'tengu-gate'),
  env: fc.oneof(fc.array(within({ name: fc.constantFrom('A', 'TENGU_PERMIT'), value: anything, valueFrom: anything })), anything),
  envFrom: anything,
});
const hostileTemplate = within({
  metadata: within({
    labels: anything,
    annotations: within({
      [STAMP]: fc.oneof(
        hostileRecord.map((record) => JSON.stringify(record)),
        anything,
      ),
    }),
  }),
  spec: within({
    containers: fc.oneof(fc.array(hostileContainer), anything),
    initContainers: fc.oneof(fc.array(hostileContainer), anything),
    volumes: anything,
    securityContext: anything,
    resources: anything,
  }),
});
const hostileObject = fc.record(
  {
    metadata: within({
      name: fc.oneof(fc.constant('web'), anything),
      generateName: anything,
      uid: anything,
      resourceVersion: anything,
      labels: anything,
      managedFields: anything,
      ownerReferences: anything,
      annotations: within({
        'tengu.io/consumes': fc.oneof(fc.string({ unit: 'binary' }), anything),
        'tengu.io/relations': fc.string(),
      }),
    }),
    spec: within({ template: hostileTemplate, jobTemplate: within({ spec: within({ template: hostileTemplate }) }) }),
  },
  { requiredKeys: [] },
);

const parsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('whatever anybody sends,', () => {
  const requests = fc.record({
    operation: fc.constantFrom('CREATE' as const, 'UPDATE' as const),
    kind: fc.constantFrom(...ALL_KINDS),
    object: fc.oneof({ weight: 5, arbitrary: hostileObject }, { weight: 1, arbitrary: anything }).map(parsed),
    oldObject: fc.oneof({ weight: 5, arbitrary: hostileObject }, { weight: 1, arbitrary: anything }).map(parsed),
    settings,
  });

  test('admission answers, its patch applies, and asking again gives nothing more', () => {
    fc.assert(
      fc.property(requests, ({ settings, ...rest }) => {
        const request = { ...rest, namespace: NAMESPACE, name: '' };
        const answer = admit(request, settings, () => 'abcde');
        if (!isObject(request.object)) return expect(answer.patch).toEqual([]);
        const result = patched(request.object, answer.patch);
        const again = admit({ ...request, object: result }, settings, () => 'fghij');
        expect(again.patch.filter(({ path }) => !path.startsWith('/metadata/name'))).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });

  test('the permit that admission names is one that can be a key of a ConfigMap', () => {
    fc.assert(
      fc.property(requests, ({ settings, ...rest }) => {
        const { patch } = admit({ ...rest, namespace: NAMESPACE, name: '' }, settings, () => 'abcde');
        const result = isObject(rest.object) ? patched(rest.object, patch) : {};
        const record = readRecord(templateOf(rest.kind, result));
        if (record !== undefined) expect(permitOf(record)).toMatch(/^TENGU_PERMIT_\d{1,16}_[a-z0-9]{1,16}$/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('whatever a user writes,', () => {
  test('nothing of it is changed or missing after a create but for what was added', () => {
    fc.assert(
      fc.property(manifest, settings, (object, how) => {
        const sent = defaulted(object);
        expect(contains(create(object, how).object, sent)).toBe(true);
      }),
    );
  });

  test('a second pass over a create gives an empty patch, and so does an update without a change', () => {
    fc.assert(
      fc.property(manifest, settings, (object, how) => {
        const { object: stored } = create(object, how);
        const { admission } = update(stored, stored, how);
        expect(admission.patch).toEqual([]);
      }),
    );
  });

  test('applying or replacing the same manifest keeps the template, whatever the settings have become', () => {
    fc.assert(
      fc.property(updatable.filter(isConsumer), settings, settings, fc.boolean(), (object, how, later, replace) => {
        const { object: stored } = create(object, how);
        const sent = replace ? defaulted(object) : applied(stored, object, object);
        expect(podTemplate(update(stored, sent, later).object)).toEqual(podTemplate(stored));
      }),
    );
  });

  test('an update to another manifest gives what creating that one gives, but for salt, seal and epoch', () => {
    fc.assert(
      fc.property(updatable, template, annotations, settings, fc.boolean(), (object, otherTemplate, texts, how, replace) => {
        // An apply merges a container of the gate's name into the gate before admission sees it.
        fc.pre(replace || !JSON.stringify(otherTemplate).includes('"tengu-gate'));
        const { object: stored } = create(object, how);
        const next = withPodTemplate(withAnnotations(object, texts), otherTemplate);
        const sent = replace ? defaulted(next) : applied(stored, object, next);
        const { object: updated } = update(stored, sent, how);
        const reference = create(next, how).object;
        expect(unversioned(podTemplate(updated))).toEqual(unversioned(podTemplate(reference)));
      }),
    );
  });

  test('taking the annotations away gives the template as if orcon had never been', () => {
    fc.assert(
      fc.property(updatable, settings, settings, fc.boolean(), (object, how, later, replace) => {
        const { object: stored } = create(object, how);
        const next = withAnnotations(object, {});
        const sent = replace ? defaulted(next) : applied(stored, object, next);
        expect(podTemplate(update(stored, sent, later).object)).toEqual(podTemplate(defaulted(next)));
      }),
    );
  });

  test('the epoch goes up by one for an edit of the lists and never back', () => {
    fc.assert(
      fc.property(
        updatable.filter(isConsumer),
        fc.array(
          annotations.filter((texts) => isConsumer({ metadata: { annotations: texts } })),
          { maxLength: 5 },
        ),
        settings,
        (object, edits, how) => {
          let { object: stored } = create(object, how);
          for (const texts of edits) {
            const before = recordOf(stored);
            stored = update(stored, withAnnotations(stored, texts), how).object;
            const now = recordOf(stored);
            const edited = JSON.stringify([now.consumes, now.relations]) !== JSON.stringify([before.consumes, before.relations]);
            expect(now.epoch).toBe(before.epoch + (edited ? 1 : 0));
            expect(now.seal === before.seal).toBe(!edited);
          }
        },
      ),
    );
  });
});

/** A template without its record and with permits made equal: what else a stamp is must not differ from workload to workload. */
function unversioned(value: JsonObject): unknown {
  const bare = strategicMerge(value, { metadata: { annotations: { [STAMP]: null } } });
  const text = JSON.stringify(bare).replace(/TENGU_PERMIT_\d+_[a-z0-9]+/g, 'TENGU_PERMIT_N');
  return sortedByName(JSON.parse(text));
}

/** A merge leaves volumes and variables where they were, so their order says nothing. */
function sortedByName(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(sortedByName);
    const names = items.map((item) => textAt(item, 'name'));
    return names.every((name) => name !== undefined)
      ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : items;
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort()
      .map(([key, each]) => [key, sortedByName(each)]),
  );
}
