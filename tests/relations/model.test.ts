import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Content } from '../../relations/configmap.ts';
import type { Kind } from '../../relations/kinds.ts';
import { isConsumer } from '../../relations/lists.ts';
import { permitOf, type StampRecord } from '../../relations/record.ts';
import { requiredVariables } from '../../relations/resolve.ts';
import { viewWorkload } from '../../relations/workload.ts';
import { settings } from './arbitrary.ts';
import { ModelCluster } from './model-cluster.ts';
import { Author, type Step, steps } from './model-story.ts';

/** A pod of a template that could start has all that its own lists ask for, of the Services that they name. */
function expectWhole(record: StampRecord, { values }: Content): void {
  for (const variable of requiredVariables(record)) expect(record.relations).toContain(values.get(variable)?.split('.')[0]);
}

/** Nobody of the template of now starts on half a set, on the values of other relations or on those of a predecessor. */
function expectNoHalfStart({ record, configMap, uid }: ModelCluster): void {
  if (record === undefined || configMap === undefined || !configMap.permits.includes(permitOf(record))) return;
  expect(configMap.owners[0]?.uid).toBe(uid);
  expectWhole(record, configMap);
}

/**
 * A kubelet with an older view of the ConfigMap starts no pod of the template of now on values that are not those of now. An
 * edit that slipped past the webhook is another matter, until it is made up for.
 */
function expectNoStaleStart({ record, contents, configMap, isStamped }: ModelCluster): void {
  if (record === undefined || configMap === undefined || !isStamped) return;
  for (const earlier of contents.filter(({ permits }) => permits.includes(permitOf(record)))) {
    for (const [variable, value] of earlier.values) expect([variable, configMap.values.get(variable)]).toEqual([variable, value]);
  }
}

/** Passes until nothing is left to do. */
function settle(cluster: ModelCluster): void {
  for (let count = 0; count < 6; count++) cluster.pass();
  const { rolls, writes, workload } = cluster;
  cluster.pass();
  expect({ rolls: cluster.rolls, writes: cluster.writes }).toEqual({ rolls, writes });
  expect(cluster.workload).toEqual(workload);
}

/** What the final objects alone say, whatever the way to them was. */
function expectFinal(cluster: ModelCluster): void {
  const { lists } = viewWorkload(cluster.kind, cluster.workload);
  const { record, configMap } = cluster;
  if (!isConsumer(lists)) {
    expect(record).toBeUndefined();
    return;
  }
  const { complete, provisions, values } = cluster.resolution(lists);
  if (complete) {
    expect(configMap?.status?.phase).toBe('Related');
    expect(record !== undefined && configMap?.permits.includes(permitOf(record))).toBe(true);
    for (const provision of provisions.values()) {
      const variables = provision.state === 'known' ? provision.variables : [];
      for (const variable of variables)
        expect([variable, configMap?.values.get(variable)]).toEqual([variable, values.get(variable)]);
    }
  } else if (record !== undefined && cluster.isStamped) {
    const given = configMap?.permits.includes(permitOf(record)) === true;
    expect(given ? ['Broken', 'Conflict'] : ['Held']).toContain(configMap?.status?.phase);
  }
}

/** Whether a step may make a roll due; with an edit of the relations or another salt what was due before is done by itself. */
const mayRoll = ({ step }: Step): boolean => step === 'service' || step === 'no service';

function tell(kind: Kind, story: readonly Step[], cluster: ModelCluster, author: Author): void {
  let due = 0;
  for (const step of story) {
    const { rolls, record, configMap, uid } = cluster;
    author.act(cluster, step);
    expectNoHalfStart(cluster);
    if (cluster.uid === uid) expectOnward(cluster, record, configMap);
    // Until the template of now is released, pods of the one before restart with what they had.
    if (cluster.released !== undefined && cluster.configMap !== undefined) expectWhole(cluster.released, cluster.configMap);
    if (mayRoll(step)) due = 1;
    expect(cluster.rolls - rolls).toBeLessThanOrEqual(KIND_ROLLS[kind] ? due : 0);
    if (cluster.rolls > rolls || cluster.record?.seal !== record?.seal) due = 0;
  }
}

/** Permits are never withdrawn, and the epoch of a workload never goes back. */
function expectOnward(cluster: ModelCluster, record: StampRecord | undefined, configMap: Content | undefined): void {
  if (
    cluster.configMap !== undefined &&
    cluster.configMap.owners[0]?.uid === cluster.uid &&
    configMap !== undefined &&
    cluster.contents.length > 1
  )
    expect(cluster.configMap.permits).toEqual(expect.arrayContaining([...configMap.permits]));
  if (record !== undefined && cluster.record?.salt === record.salt)
    expect(cluster.record.epoch).toBeGreaterThanOrEqual(record.epoch);
}

const KIND_ROLLS = { Deployment: true, StatefulSet: true, DaemonSet: true, CronJob: false, Job: false } as const;

test.each(['Deployment', 'StatefulSet', 'CronJob'] as const)(
  'whatever happens to a %s in whatever order, nobody starts on half a set, nobody rolls twice, and in the end all is as the objects say',
  (kind) => {
    fc.assert(
      fc.property(steps, settings, (story, how) => {
        const author = new Author(kind);
        const cluster = new ModelCluster(author.manifest, kind, how);
        tell(kind, story, cluster, author);
        settle(cluster);
        expectNoHalfStart(cluster);
        if (KIND_ROLLS[kind]) expectNoStaleStart(cluster);
        expectFinal(cluster);
      }),
      { numRuns: 100 },
    );
  },
);

test('a controller that looks again, however often, changes nothing', () => {
  fc.assert(
    fc.property(steps, settings, (story, how) => {
      const [few, many] = [4, 8].map((times) => {
        const author = new Author('Deployment');
        const cluster = new ModelCluster(author.manifest, 'Deployment', how);
        for (const step of story) {
          author.act(cluster, step);
          for (let count = 0; count < times; count++) cluster.pass();
        }
        const { rolls, writes, configMap } = cluster;
        return { rolls, writes, values: configMap?.values, epoch: configMap?.epoch, phase: configMap?.status?.phase };
      });
      expect(many).toEqual(few);
    }),
  );
});
