import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../relations/json.ts';
import { objectAt } from '../../relations/json.ts';
import { ALL_KINDS, type Kind } from '../../relations/kinds.ts';
import { create, podTemplate, recordOf, update, withAnnotations } from './api-server.ts';
import { at, consuming, GATE, TEMPLATE, workload } from './workloads.ts';

const stored = (kind: Kind, spec: JsonObject = {}) => create(workload({ kind, spec }), GATE).object;
const annotationsOf = (object: JsonObject) => objectAt(objectAt(object, 'metadata'), 'annotations');

describe('an update', () => {
  test.each(ALL_KINDS.filter((kind) => kind !== 'Job'))('of a %s whose relations were edited stamps it anew', (kind) => {
    const before = stored(kind);
    const { object } = update(before, withAnnotations(before, consuming('db,sse')), GATE);
    expect(recordOf(object)).toMatchObject({ consumes: ['db', 'sse'], epoch: 1, salt: recordOf(before).salt });
  });
});

describe('a Job', () => {
  const before = stored('Job');

  test('is never stamped on update, and its changed annotations get a warning', () => {
    const { admission, object } = update(before, withAnnotations(before, consuming('sse')), GATE);
    expect(admission).toMatchObject({ outcome: 'skipped', reason: 'job-is-immutable', patch: [] });
    expect(admission.warnings).toEqual([
      'tengu.io/consumes and tengu.io/relations of Job web count as they were when it was created (its pod template is immutable): delete and re-create it to change them',
    ]);
    expect(podTemplate(object)).toEqual(podTemplate(before));
  });

  test('gets the warning also when its annotations are removed', () => {
    expect(update(before, withAnnotations(before, {}), GATE).admission.warnings).toHaveLength(1);
  });

  test.each([
    ['are as they were', annotationsOf(before)],
    ['say the same otherwise', consuming(' DB, ', 'db-endpoint,db-endpoint')],
  ])('gets no warning where they %s', (_, annotations) => {
    expect(update(before, withAnnotations(before, annotations), GATE).admission.warnings).toEqual([]);
  });
});

describe('a Job of a CronJob', () => {
  const cronJob = stored('CronJob', { concurrencyPolicy: 'Forbid' });
  const jobOf = (owner: JsonObject, annotations: JsonObject = {}): JsonObject =>
    workload({
      kind: 'Job',
      name: 'web-29',
      annotations,
      template: podTemplate(cronJob),
      metadata: { ownerReferences: [owner] },
    });

  test('whose template bears a stamp is left alone', () => {
    const { admission, object } = create(jobOf({ kind: 'CronJob', name: 'web', uid: 'u' }, consuming()), GATE);
    expect(admission).toMatchObject({ outcome: 'skipped', reason: 'job-of-cronjob', patch: [] });
    expect(recordOf(object)).toMatchObject({ kind: 'CronJob', name: 'web' });
  });

  test('is left alone on update too, without a warning', () => {
    const job = create(jobOf({ kind: 'CronJob', name: 'web', uid: 'u' }, consuming()), GATE).object;
    expect(update(job, job, GATE).admission).toMatchObject({ reason: 'job-of-cronjob', warnings: [] });
  });

  test('that was copied without its owner is stamped for itself', () => {
    const { object } = create(jobOf({ kind: 'Pipeline', name: 'web', uid: 'u' }, consuming()), GATE);
    expect(recordOf(object)).toMatchObject({ kind: 'Job', name: 'web-29' });
  });
});

describe('a CronJob', () => {
  test('is stamped in the template of its Jobs', () => {
    expect(at(stored('CronJob'), 'spec', 'jobTemplate', 'spec', 'template', 'metadata', 'labels', 'tengu.io/workload')).toBe(
      'cronjob.web',
    );
  });

  test.each([
    ['Allow', 1],
    [undefined, 1],
    ['Forbid', 0],
    ['Replace', 0],
  ])('with concurrencyPolicy %s gets %d warnings', (concurrencyPolicy, count) => {
    const spec = concurrencyPolicy === undefined ? {} : { concurrencyPolicy };
    const { admission } = create(workload({ kind: 'CronJob', spec }), GATE);
    expect(admission.warnings.filter((line) => line.includes('Jobs pile up'))).toHaveLength(count);
  });
});

test.each(ALL_KINDS)('a label that a %s has on its pods already is not disturbed', (kind) => {
  const template = { ...TEMPLATE, metadata: { labels: { 'tengu.io/consumes': 'sse', app: 'web' } } };
  const { object } = create(workload({ kind, template }), GATE);
  expect(at(podTemplate(object), 'metadata', 'labels')).toMatchObject({ 'tengu.io/consumes': 'sse', app: 'web' });
});
