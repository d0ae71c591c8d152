import { describe, expect, test } from '@jest/globals';
import { viewRollout } from '../../controller/rollout.ts';
import type { JsonObject } from '../../relations/json.ts';
import type { Kind } from '../../relations/kinds.ts';

const failing = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' };
const whole = { observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3 };
const set = { observedGeneration: 2, readyReplicas: 3, updatedReplicas: 3, currentRevision: 'b', updateRevision: 'b' };
const daemons = { observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 };
const three = { replicas: 3 };

const cases: readonly (readonly [string, Kind, JsonObject, JsonObject, boolean])[] = [
  ['all pods are of the new template and available', 'Deployment', three, whole, true],
  ['its controller has not seen the template yet', 'Deployment', three, { ...whole, observedGeneration: 1 }, false],
  ['a new pod is not available', 'Deployment', three, { ...whole, availableReplicas: 2 }, false],
  ['an old pod is still there', 'Deployment', three, { ...whole, replicas: 4 }, false],
  ['the progress deadline has passed', 'Deployment', three, { ...whole, availableReplicas: 2, conditions: [failing] }, true],
  ['it is paused', 'Deployment', { ...three, paused: true }, { ...whole, observedGeneration: 1 }, true],
  ['it is scaled to nothing', 'Deployment', { replicas: 0 }, { observedGeneration: 2 }, true],
  ['all pods are of the new revision and ready', 'StatefulSet', three, set, true],
  ['pods of the old revision are left', 'StatefulSet', three, { ...set, currentRevision: 'a' }, false],
  ['a pod is not ready', 'StatefulSet', three, { ...set, readyReplicas: 2 }, false],
  [
    'what the partition lets through is replaced',
    'StatefulSet',
    { ...three, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
    { ...set, currentRevision: 'a', updatedReplicas: 1 },
    true,
  ],
  ['updateStrategy is OnDelete', 'StatefulSet', { ...three, updateStrategy: { type: 'OnDelete' } }, {}, true],
  ['every node has the new pod', 'DaemonSet', {}, daemons, true],
  ['a node has the old pod', 'DaemonSet', {}, { ...daemons, updatedNumberScheduled: 2 }, false],
  ['updateStrategy is OnDelete', 'DaemonSet', { updateStrategy: { type: 'OnDelete' } }, {}, true],
  ['it runs', 'Job', {}, {}, false],
  ['it has failed', 'Job', {}, { conditions: [{ type: 'Failed', status: 'True' }] }, true],
  ['it is one', 'CronJob', {}, {}, true],
];

describe('a roll-out is judged as kubectl does', () => {
  test.each(cases)('%s (%s)', (_, kind, spec, status, settled) => {
    expect(viewRollout(kind, { metadata: { generation: 2 }, spec, status }).settled).toBe(settled);
  });

  test.each([
    ['its own', 120, 120_000],
    ['the default', undefined, 600_000],
    ['an hour, where it says never', 2_147_483_647, 3_600_000],
  ])('and counts as broken after %s without progress', (_, progressDeadlineSeconds, deadlineMs) => {
    expect(viewRollout('Deployment', { spec: { progressDeadlineSeconds } }).deadlineMs).toBe(deadlineMs);
  });
});
