import { describe, expect, test } from '@jest/globals';
import { viewPod } from '../../controller/pods.ts';
import type { GateSettings } from '../../relations/gate.ts';
import { type JsonObject, objectAt } from '../../relations/json.ts';
import { stamp } from '../../relations/stamp.ts';

const IDENTITY = {
  kind: 'Deployment',
  name: 'web',
  consumes: ['db'],
  relations: ['db'],
  epoch: 3,
  salt: 'abcde',
  seal: 'abcde',
} as const;
const GATE: GateSettings = { hold: 'container', initContainers: [{ name: 'tengu-gate', image: 'gate' }] };
const KUBELET: GateSettings = { hold: 'kubelet', initContainers: [] };

/** A pod of a workload that was stamped so. */
function pod(settings: GateSettings, status: JsonObject, metadata: JsonObject = {}, spec: JsonObject = { nodeName: 'orcon' }) {
  const template = stamp({ spec: { containers: [{ name: 'app', image: 'app' }] } }, IDENTITY, settings);
  const stamped = objectAt(template, 'metadata');
  const annotations = { ...objectAt(stamped, 'annotations'), ...objectAt(metadata, 'annotations') };
  return viewPod({ metadata: { ...stamped, ...metadata, annotations }, spec, status });
}
const init = (state: JsonObject): JsonObject => ({ initContainerStatuses: [{ name: 'tengu-gate', state }] });
const app = (state: JsonObject): JsonObject => ({ containerStatuses: [{ name: 'app', state }] });
const missingKey: JsonObject = { waiting: { reason: 'CreateContainerConfigError' } };
const pending = { phase: 'Pending' };

describe('a stamped pod waits for its permit', () => {
  test.each<readonly [string, GateSettings, JsonObject, boolean]>([
    ['its gate runs', GATE, { ...pending, ...init({ running: {} }) }, true],
    ['its gate has not begun', GATE, pending, true],
    ['its gate has failed', GATE, { ...pending, ...init({ terminated: { exitCode: 1 } }) }, true],
    ['its gate has ended well', GATE, { ...pending, ...init({ terminated: { exitCode: 0 } }) }, false],
    ['it runs', GATE, { phase: 'Running', ...init({ terminated: { exitCode: 0 } }) }, false],
    ['its kubelet misses the key', KUBELET, { ...pending, ...app(missingKey) }, true],
    ['its kubelet has not looked', KUBELET, pending, true],
    ['its kubelet pulls the image', KUBELET, { ...pending, ...app({ waiting: { reason: 'ContainerCreating' } }) }, false],
  ])('%s', (_, settings, status, waits) => {
    expect(pod(settings, status)?.waits).toBe(waits);
  });

  test('but not before it has a node, nor while it is deleted', () => {
    const status = { ...pending, ...init({ running: {} }) };
    expect(pod(GATE, status, {}, {})?.waits).toBe(false);
    expect(pod(GATE, status, { deletionTimestamp: '2030-01-01T00:00:00Z' })?.waits).toBe(false);
  });
});

describe('the touches of a pod', () => {
  test.each([
    ['TENGU_PERMIT_3_abcde 4', 4],
    ['TENGU_PERMIT_2_abcde 4', 0],
    ['TENGU_PERMIT_3_abcde', 0],
    ['TENGU_PERMIT_3_abcde many', 0],
    ['', 0],
  ])('are read from %p', (text, touches) => {
    expect(pod(GATE, pending, { annotations: { 'tengu.io/released': text } })?.touches).toBe(touches);
  });
});

test('a pod without a stamp is none of ours', () => {
  expect(viewPod({ metadata: { name: 'other' }, spec: {}, status: pending })).toBeUndefined();
});
