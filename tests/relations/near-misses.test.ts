import { describe, expect, test } from '@jest/globals';
import { nearMisses } from '../../relations/near-misses.ts';
import { create, update } from './api-server.ts';
import { GATE, workload } from './workloads.ts';

const ofAnnotations = (annotations: Readonly<Record<string, string>>) => nearMisses('Deployment web', { annotations });

describe('an annotation that is nearly one of ours', () => {
  test.each([
    ['tengu.io/consume', 'tengu.io/consumes'],
    ['tengu.io/Consumes', 'tengu.io/consumes'],
    ['tengu.io/conusmes', 'tengu.io/consumes'],
    ['tengu.io/relation', 'tengu.io/relations'],
    ['tengu.io/RELATION', 'tengu.io/relations'],
  ])('%s is told, with the one that was meant', (key, meant) => {
    expect(ofAnnotations({ [key]: 'x' })).toEqual([`annotation ${key} of Deployment web means nothing to orcon: write ${meant}`]);
  });

  test('is left alone beside the one that is right', () => {
    expect(ofAnnotations({ 'tengu.io/consume': 'x', 'tengu.io/consumes': 'db' })).toEqual([]);
  });

  test.each(['tengu.io/relationships', 'tengu.io/provides', 'tengu.io/owner', 'example.org/consume', 'consumes'])(
    '%s is another',
    (key) => {
      expect(ofAnnotations({ [key]: 'x' })).toEqual([]);
    },
  );
});

describe('a label that is one of our annotations', () => {
  const label = { 'tengu.io/relations': 'orders-db' };

  test('is told', () => {
    expect(nearMisses('Job load', { labels: label })).toEqual([
      'label tengu.io/relations of Job load means nothing to orcon: make it an annotation',
    ]);
  });

  test('is left alone beside the annotation', () => {
    expect(nearMisses('Job load', { labels: label, annotations: label })).toEqual([]);
  });
});

describe('admission warns', () => {
  const misspelt = { 'tengu.io/consume': 'db', 'tengu.io/relations': 'orders-db' };
  const told = 'annotation tengu.io/consume of Deployment web means nothing to orcon: write tengu.io/consumes';

  test('of a workload that is stamped for the rest', () => {
    const { object, admission } = create(workload({ annotations: misspelt }), GATE);
    expect(admission).toMatchObject({ outcome: 'stamped', warnings: [told] });
    expect(update(object, object, GATE).admission.warnings).toEqual([told]);
  });

  test('of one that has no relations that way', () => {
    const { admission } = create(workload({ annotations: { 'tengu.io/consume': 'db' } }), GATE);
    expect(admission).toMatchObject({ outcome: 'skipped', reason: 'no-relations', warnings: [told] });
  });
});
