import { describe, expect, test } from '@jest/globals';
import { objectAt, objectsAt, withFilled } from '../../relations/json.ts';
import { permitOf } from '../../relations/record.ts';
import { rollPatch } from '../../relations/roll.ts';
import {
  type Answer,
  create,
  defaulted,
  podTemplate,
  recordOf,
  update,
  withAnnotations,
  withMetadata,
  withPodTemplate,
} from './api-server.ts';
import { applied, strategicMerge } from './merges.ts';
import { IMAGE_2, manifest, OTHER_GATE, rolledTo, stored, undone } from './updates.ts';
import { ALL_SETTINGS, at, consuming, GATE, KUBELET, templateWith, workload } from './workloads.ts';

describe.each(ALL_SETTINGS)('with %s the old template is kept exactly when', (_, settings) => {
  const before = stored(settings);
  const keeps = ({ object }: Answer) => expect(podTemplate(object)).toEqual(podTemplate(before));

  test('a label is edited', () => {
    keeps(update(before, withMetadata(before, { labels: { team: 'a', 'tengu.io/relationships': 'full' } }), settings));
  });

  test('the number of replicas is edited', () => {
    keeps(update(before, { ...before, spec: { ...objectAt(before, 'spec'), replicas: 5 } }, settings));
  });

  test('nothing is edited, and the patch is empty', () => {
    expect(update(before, before, settings).admission).toMatchObject({ outcome: 'unchanged', patch: [], warnings: [] });
  });

  test('the same manifest is applied again', () => {
    keeps(update(before, applied(before, manifest, manifest), settings));
  });

  test('the same manifest is put in its place, which leaves all our fields out', () => {
    const answer = update(before, defaulted(manifest), settings);
    keeps(answer);
    expect(answer.admission.warnings).toEqual([]);
  });

  test('orcon was upgraded and the same manifest is put in its place', () => {
    keeps(update(before, defaulted(manifest), OTHER_GATE));
    keeps(update(before, before, OTHER_GATE));
  });

  test('its lists are written otherwise and read the same', () => {
    keeps(update(before, withAnnotations(before, consuming('DB, db', ' db-endpoint,')), settings));
  });

  test('the containers of ours come in another order, as an apply may put them', () => {
    const template = podTemplate(before);
    const spec = objectAt(template, 'spec');
    const turned = withFilled(spec, 'initContainers', [...objectsAt(spec, 'initContainers')].reverse());
    keeps(update(before, withPodTemplate(before, { ...template, spec: turned }), settings));
  });
});

describe('a container with sources of its own', () => {
  const own = { configMapRef: { name: 'own' } };
  const withOwn = workload({ template: templateWith([{ name: 'web', image: 'web:1', envFrom: [own] }]) });

  test('keeps the old template when the same manifest is applied again, which drops our source', () => {
    const before = create(withOwn, GATE).object;
    const sent = applied(before, withOwn, withOwn);
    expect(at(podTemplate(sent), 'spec', 'containers', 0, 'envFrom')).toEqual([own]);
    expect(podTemplate(update(before, sent, GATE).object)).toEqual(podTemplate(before));
  });

  test('is supplied again when its image is edited by an apply', () => {
    const before = create(withOwn, GATE).object;
    const next = workload({ template: templateWith([{ name: 'web', image: 'web:2', envFrom: [own] }]) });
    const { object } = update(before, applied(before, withOwn, next), GATE);
    expect(at(podTemplate(object), 'spec', 'containers', 0)).toMatchObject({
      image: 'web:2',
      envFrom: [{ configMapRef: { name: 'relations-deployment-web' } }, own],
    });
    expect(recordOf(object)).toEqual(recordOf(before));
  });
});

describe('an edit of the template', () => {
  test.each(ALL_SETTINGS)('that drops the stamp is stamped again with the same salt, seal and epoch (%s)', (_, settings) => {
    const before = rolledTo(stored(settings), 3, settings);
    const { object, admission } = update(before, defaulted(workload({ template: IMAGE_2 })), settings);
    expect(recordOf(object)).toEqual(recordOf(before));
    expect(at(podTemplate(object), 'spec', 'containers', 0, 'image')).toBe('web:2');
    expect(admission.outcome).toBe('stamped');
    expect(update(object, object, settings).admission.patch).toEqual([]);
  });

  test('renews a gate that was configured anew, because the pods are replaced anyway', () => {
    const before = stored();
    const { object } = update(before, applied(before, manifest, workload({ template: IMAGE_2 })), OTHER_GATE);
    expect(at(podTemplate(object), 'spec', 'initContainers')).toMatchObject([{ name: 'tengu-gate', image: 'gate:2' }]);
    expect(permitOf(recordOf(object))).toBe(permitOf(recordOf(before)));
  });

  test('that adds a container supplies it', () => {
    const before = stored(KUBELET);
    const next = workload({ template: templateWith([{ name: 'web', image: 'web:1' }, { name: 'side' }]) });
    const { object } = update(before, applied(before, manifest, next), KUBELET);
    expect(at(podTemplate(object), 'spec', 'containers', 1)).toMatchObject({ name: 'side', env: [{ name: 'TENGU_PERMIT' }] });
    expect(recordOf(object).put.app).toEqual(['web', 'side']);
  });

  test('that gives a container of the user the name of our gate keeps both', () => {
    const before = stored();
    const own = { name: 'tengu-gate', image: 'own:1', env: [{ name: 'TENGU_PERMIT', value: 'own' }] };
    const next = workload({ template: templateWith([{ name: 'web', image: 'web:1' }], { initContainers: [own] }) });
    const { object } = update(before, defaulted(next), GATE);
    expect(at(podTemplate(object), 'spec', 'initContainers')).toMatchObject([{ name: 'tengu-gate-2', image: 'gate:1' }, own]);
  });

  test('that touches our gate alone is not taken, and a warning says so', () => {
    const before = stored();
    const template = podTemplate(before);
    const edited = strategicMerge(template, { spec: { initContainers: [{ name: 'tengu-gate', image: 'mine' }] } });
    const { object, admission } = update(before, withPodTemplate(before, edited), GATE);
    expect(podTemplate(object)).toEqual(template);
    expect(admission.warnings).toEqual([
      "init container tengu-gate of Deployment web is orcon's gate and stays as it was: change it in orcon's configuration",
    ]);
  });
});

describe('an edit of the relations', () => {
  const before = rolledTo(stored(), 2);

  test('raises the epoch by one and names a permit that nobody can have given', () => {
    const { object } = update(before, withAnnotations(before, consuming('db,sse')), GATE);
    expect(recordOf(object)).toMatchObject({ epoch: 3, salt: recordOf(before).salt });
    expect(recordOf(object).seal).not.toBe(recordOf(before).seal);
  });

  test('raises it once also when admission is called again for the same update', () => {
    const { object } = update(before, withAnnotations(before, consuming('db,sse')), GATE);
    const { uid, resourceVersion } = objectAt(before, 'metadata');
    const again = update(before, withMetadata(object, { uid, resourceVersion }), GATE);
    expect(again.admission.patch).toEqual([]);
  });

  test('raises it each time, also back to what they were, and never names a permit twice', () => {
    const permits = new Set([permitOf(recordOf(before))]);
    let object = before;
    for (const consumes of ['sse', 'db', 'sse', 'db']) {
      object = update(object, withAnnotations(object, consuming(consumes)), GATE).object;
      permits.add(permitOf(recordOf(object)));
    }
    expect(recordOf(object).epoch).toBe(6);
    expect(permits.size).toBe(5);
  });

  test('together with the image is one new template', () => {
    const next = workload({ annotations: consuming('db,sse'), template: IMAGE_2 });
    const { object } = update(before, defaulted(next), GATE);
    expect(recordOf(object)).toMatchObject({ epoch: 3, consumes: ['db', 'sse'] });
    expect(at(podTemplate(object), 'spec', 'containers', 0, 'image')).toBe('web:2');
  });

  test('that the webhook did not see is made up for by an empty patch', () => {
    const slipped = withAnnotations(before, consuming('db,sse'));
    expect(recordOf(update(slipped, slipped, GATE).object)).toMatchObject({ epoch: 3, consumes: ['db', 'sse'] });
  });

  test('never names a permit of another time, also where an older stamp for the same lists is sent along', () => {
    const sse = update(before, withAnnotations(before, consuming('sse')), GATE).object;
    const current = update(sse, withAnnotations(sse, consuming('db')), GATE).object;
    const stale = rolledTo(sse, 9);
    const { object } = update(current, undone(current, stale), GATE);
    expect(recordOf(object)).toMatchObject({ consumes: ['sse'], epoch: 10 });
    expect([permitOf(recordOf(stale)), permitOf(recordOf(sse))]).not.toContain(permitOf(recordOf(object)));
  });
});

describe('a roll of the controller', () => {
  test.each(ALL_SETTINGS)('passes admission as it is (%s)', (_, settings) => {
    const before = stored(settings);
    const sent = strategicMerge(before, rollPatch(recordOf(before), 5, ''));
    expect(update(before, sent, settings).admission).toMatchObject({ outcome: 'unchanged', patch: [], warnings: [] });
  });
});

describe('an undo', () => {
  const first = stored();
  const second = update(first, applied(first, manifest, workload({ template: IMAGE_2 })), GATE).object;

  test('to a revision that differs by our stamp alone changes nothing and says so', () => {
    const now = rolledTo(first, 3);
    const { object, admission } = update(now, undone(now, first), GATE);
    expect(podTemplate(object)).toEqual(podTemplate(now));
    expect(admission.warnings).toEqual([
      "this revision of Deployment web differs from the current one by orcon's stamp alone: nothing was changed; choose an earlier one with --to-revision",
    ]);
  });

  test('to another image rolls with the epoch of now', () => {
    const now = rolledTo(second, 3);
    const { object, admission } = update(now, undone(now, first), GATE);
    expect(recordOf(object)).toEqual(recordOf(now));
    expect(at(podTemplate(object), 'spec', 'containers', 0, 'image')).toBe('web:1');
    expect(at(podTemplate(object), 'spec', 'initContainers', 0, 'env', 1, 'value')).toBe(permitOf(recordOf(now)));
    expect(admission.warnings).toEqual([]);
  });

  test('to other relations goes on from the epoch of now, with a new seal', () => {
    const edited = rolledTo(update(first, withAnnotations(first, consuming('sse')), GATE).object, 7);
    const { object } = update(edited, undone(edited, first), GATE);
    expect(recordOf(object)).toMatchObject({ consumes: ['db'], epoch: 8, salt: recordOf(first).salt });
    expect([recordOf(first).seal, recordOf(edited).seal]).not.toContain(recordOf(object).seal);
  });

  test('of a StatefulSet brings the old template alone, and the relations of now count', () => {
    const set = create(workload({ kind: 'StatefulSet' }), GATE).object;
    const edited = update(set, withAnnotations(set, consuming('sse')), GATE).object;
    const { object } = update(edited, withPodTemplate(edited, podTemplate(set)), GATE);
    expect(podTemplate(object)).toEqual(podTemplate(edited));
  });

  test('to a revision older than orcon is stamped as the current one is', () => {
    const now = rolledTo(second, 3);
    const { object } = update(now, withPodTemplate(now, podTemplate(defaulted(workload()))), GATE);
    expect(recordOf(object)).toEqual(recordOf(now));
  });
});

test('an object that is being deleted is let through as it is', () => {
  const before = stored();
  const going = withMetadata(before, { deletionTimestamp: '2026-01-01T00:00:00Z', annotations: {} });
  expect(update(before, going, GATE).admission).toMatchObject({ reason: 'being-deleted', patch: [] });
});
