import { describe, expect, test } from '@jest/globals';
import { type JsonObject, objectAt, objectsAt } from '../../relations/json.ts';
import { defaulted, podTemplate, recordOf, update, withAnnotations, withMetadata, withPodTemplate } from './api-server.ts';
import { strategicMerge } from './merges.ts';
import { manifest, rolledTo, stored, undone } from './updates.ts';
import { ALL_SETTINGS, at, consuming, GATE, TEMPLATE, workload } from './workloads.ts';

describe.each(ALL_SETTINGS)('with %s, annotations that are removed', (_, settings) => {
  const before = rolledTo(stored(settings), 2, settings);
  const removed = update(before, withAnnotations(before, { note: 'x' }), settings);

  test('take every trace along but the label', () => {
    expect(removed.admission.outcome).toBe('removed');
    expect(podTemplate(removed.object)).toEqual(podTemplate(defaulted(manifest)));
    expect(at(removed.object, 'metadata', 'annotations')).toEqual({ note: 'x' });
    expect(at(removed.object, 'metadata', 'labels')).toEqual({ 'tengu.io/relationships': 'full' });
  });

  test('leave nothing to do afterwards', () => {
    expect(update(removed.object, removed.object, settings).admission).toMatchObject({ patch: [], reason: 'no-relations' });
  });

  test('take it along also when the manifest that says so leaves our fields out', () => {
    const { object } = update(before, defaulted(workload({ annotations: {} })), settings);
    expect(podTemplate(object)).toEqual(podTemplate(defaulted(manifest)));
    expect(at(object, 'metadata')).not.toHaveProperty('annotations');
  });

  test('and come again, or come back by an undo, name no permit of another time', () => {
    const added = update(removed.object, withAnnotations(removed.object, consuming()), settings).object;
    const back = update(removed.object, undone(removed.object, before), settings).object;
    const once = update(added, withAnnotations(added, {}), settings).object;
    const twice = update(once, withAnnotations(once, consuming()), settings).object;
    const salts = [before, added, twice].map((object) => recordOf(object).salt);
    expect(new Set(salts).size).toBe(3);
    expect(recordOf(back).salt).not.toBe(recordOf(before).salt);
    for (const object of [added, back, twice]) expect(recordOf(object)).toMatchObject({ epoch: 0, consumes: ['db'] });
  });

  test('and come again keep their new salt when admission is called twice', () => {
    const sent = withAnnotations(removed.object, consuming());
    const { object } = update(removed.object, sent, settings);
    const { uid, resourceVersion } = objectAt(removed.object, 'metadata');
    const again = update(removed.object, withMetadata(object, { uid, resourceVersion }), settings);
    expect(again.admission.patch).toEqual([]);
  });
});

test('a consumer that is older than orcon is stamped by an empty patch', () => {
  const old = withMetadata(defaulted(manifest), { uid: 'u', resourceVersion: '1' });
  const { object, admission } = update(old, old, GATE);
  expect(admission.outcome).toBe('stamped');
  expect(recordOf(object)).toMatchObject({ epoch: 0 });
  expect(update(object, object, GATE).admission.patch).toEqual([]);
});

test('a stamp that slipped past without annotations is taken off by an empty patch', () => {
  const slipped = withAnnotations(stored(), {});
  const { object, admission } = update(slipped, slipped, GATE);
  expect(admission.outcome).toBe('removed');
  expect(podTemplate(object)).toEqual(podTemplate(defaulted(manifest)));
});

test('a stamp of which somebody took a part away is made whole', () => {
  const before = stored();
  const template = podTemplate(before);
  const parts: readonly JsonObject[] = [
    strategicMerge(template, { metadata: { labels: { 'tengu.io/workload': null } } }),
    { ...template, spec: { ...objectAt(template, 'spec'), initContainers: [] } },
    { ...template, spec: { ...objectAt(template, 'spec'), volumes: [] } },
    { ...template, spec: { ...objectAt(template, 'spec'), containers: objectsAt(TEMPLATE.spec, 'containers') } },
  ];
  for (const part of parts) {
    const broken = withPodTemplate(before, part);
    expect(podTemplate(update(broken, broken, GATE).object)).toEqual(podTemplate(before));
  }
});
