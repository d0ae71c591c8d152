import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isObject, objectAt, objectsAt } from '../../relations/json.ts';
import { permitOf, readRecord } from '../../relations/record.ts';
import { rollPatch } from '../../relations/roll.ts';
import { stamp } from '../../relations/stamp.ts';
import { create, podTemplate, recordOf } from './api-server.ts';
import { identity, settings, template } from './arbitrary.ts';
import { strategicMerge } from './merges.ts';
import { GATE, KUBELET_AND_GATE, templateWith, workload } from './workloads.ts';

describe('the patch of a roll', () => {
  test('names the version of the workload that the decision was made on', () => {
    const record = recordOf(create(workload(), GATE).object);
    expect(objectAt(rollPatch(record, 1, '77'), 'metadata')).toEqual({ resourceVersion: '77' });
  });

  test('says the permit to the gate and nothing else where a gate container holds', () => {
    const record = recordOf(create(workload(), GATE).object);
    expect(objectAt(objectAt(rollPatch(record, 4, '1'), 'spec'), 'template').spec).toEqual({
      initContainers: [{ name: 'tengu-gate', env: [{ name: 'TENGU_PERMIT', value: `TENGU_PERMIT_4_${record.seal}` }] }],
    });
  });

  test('says it to every container where the kubelet holds, under the name that the variable has there', () => {
    const own = [{ name: 'TENGU_PERMIT', value: 'own' }];
    const before = templateWith([{ name: 'web' }, { name: 'side', env: own }], { initContainers: [{ name: 'init' }] });
    const record = recordOf(create(workload({ template: before }), KUBELET_AND_GATE).object);
    const valueFrom = {
      configMapKeyRef: { name: 'relations-deployment-web', key: `TENGU_PERMIT_4_${record.seal}`, optional: false },
    };
    expect(objectAt(objectAt(rollPatch(record, 4, '1'), 'spec'), 'template').spec).toEqual({
      initContainers: [
        { name: 'tengu-gate', env: [{ name: 'TENGU_PERMIT', valueFrom }] },
        { name: 'init', env: [{ name: 'TENGU_PERMIT', valueFrom }] },
      ],
      containers: [
        { name: 'web', env: [{ name: 'TENGU_PERMIT', valueFrom }] },
        { name: 'side', env: [{ name: 'TENGU_PERMIT_2', valueFrom }] },
      ],
    });
  });

  test('applied to whatever stamped template gives what stamping for that epoch gives', () => {
    fc.assert(
      fc.property(template, identity, settings, fc.nat(50), (before, who, how, epoch) => {
        const stamped = stamp(before, who, how);
        const record = readRecord(stamped);
        if (record === undefined) throw new Error('not stamped');
        const { spec } = rollPatch(record, epoch, '1');
        const rolled = strategicMerge({ spec: { template: stamped } }, { spec });
        expect(objectAt(objectAt(rolled, 'spec'), 'template')).toEqual(stamp(before, { ...who, epoch }, how));
      }),
      { numRuns: 300 },
    );
  });

  test('leaves no old permit behind', () => {
    fc.assert(
      fc.property(template, identity, settings, (before, who, how) => {
        const stamped = stamp(before, who, how);
        const record = readRecord(stamped);
        if (record === undefined) throw new Error('not stamped');
        const { spec } = rollPatch(record, who.epoch + 1, '1');
        expect(JSON.stringify(strategicMerge({ spec: { template: stamped } }, { spec }))).not.toContain(permitOf(record));
      }),
    );
  });
});

test('the gate of a rolled workload stays as it is', () => {
  const { object } = create(workload(), GATE);
  const rolled = strategicMerge(object, rollPatch(recordOf(object), 1, '1'));
  const [gate] = objectsAt(objectAt(podTemplate(rolled), 'spec'), 'initContainers');
  const [before] = objectsAt(objectAt(podTemplate(object), 'spec'), 'initContainers');
  expect(isObject(gate) && { ...gate, env: [] }).toEqual({ ...before, env: [] });
});
