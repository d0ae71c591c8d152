import { describe, expect, test } from '@jest/globals';
import { effectiveHold, fingerprint, type GateSettings, isGate } from '../../relations/gate.ts';
import type { JsonObject } from '../../relations/json.ts';
import { create, podTemplate } from './api-server.ts';
import { at, GATE, KUBELET, KUBELET_AND_GATE, templateWith, workload } from './workloads.ts';

/** The gate that a pod of this spec gets. */
function gateOf(containers: readonly JsonObject[], podSpec: JsonObject = {}, settings: GateSettings = GATE): unknown {
  const { object } = create(workload({ template: templateWith(containers, podSpec) }), settings, () => 'abcde');
  return at(podTemplate(object), 'spec', 'initContainers', 0);
}

const configured = (fields: JsonObject): GateSettings => ({
  hold: 'container',
  initContainers: [{ name: 'tengu-gate', image: 'gate:1', ...fields }],
});
const sized = (requests: JsonObject, limits?: JsonObject): JsonObject => ({
  name: 'web',
  resources: { requests, ...(limits === undefined ? {} : { limits }) },
});
const GUARANTEED = sized({ cpu: '1', memory: '1Gi' }, { cpu: '1', memory: '1Gi' });
const DEFAULT = { requests: { cpu: '50m', memory: '16Mi' }, limits: { cpu: '50m', memory: '16Mi' } };

describe('a gate', () => {
  test('is told what is required, what it waits for, and where to find it', () => {
    expect(gateOf([{ name: 'web' }])).toMatchObject({
      name: 'tengu-gate',
      image: 'gate:1',
      env: [
        { name: 'TENGU_REQUIRED_VARS', value: 'DB' },
        { name: 'TENGU_PERMIT', value: 'TENGU_PERMIT_0_abcde' },
      ],
      envFrom: [{ configMapRef: { name: 'relations-deployment-web', optional: true } }],
      volumeMounts: [{ name: 'tengu-relations', mountPath: '/etc/tengu/relations', readOnly: true }],
    });
  });

  test('keeps what the operator configured beside it', () => {
    const settings = configured({
      env: [
        { name: 'LOG', value: 'debug' },
        { name: 'TENGU_PERMIT', value: 'x' },
      ],
      envFrom: [{ configMapRef: { name: 'more' } }],
      volumeMounts: [{ name: 'more', mountPath: '/more' }],
      command: ['/gate'],
    });
    expect(gateOf([{ name: 'web' }], {}, settings)).toMatchObject({
      command: ['/gate'],
      env: [
        { name: 'LOG', value: 'debug' },
        { name: 'TENGU_REQUIRED_VARS', value: 'DB' },
        { name: 'TENGU_PERMIT', value: 'TENGU_PERMIT_0_abcde' },
      ],
      envFrom: [{ configMapRef: { name: 'relations-deployment-web' } }, { configMapRef: { name: 'more' } }],
      volumeMounts: [{ name: 'more' }, { name: 'tengu-relations' }],
    });
  });

  test('that knows its environment alone is not started by the kubelet before the permit is there', () => {
    expect(at(gateOf([{ name: 'web' }], {}, KUBELET_AND_GATE), 'env', 1)).toEqual({
      name: 'TENGU_PERMIT',
      valueFrom: {
        configMapKeyRef: { name: 'relations-deployment-web', key: 'TENGU_PERMIT_0_abcde', optional: false },
      },
    });
  });

  test('of several comes in the order of the configuration', () => {
    const settings: GateSettings = { hold: 'container', initContainers: [{ name: 'one' }, { name: 'two' }] };
    const { object } = create(
      workload({ template: templateWith([{ name: 'web' }], { initContainers: [{ name: 'own' }] }) }),
      settings,
    );
    expect(at(podTemplate(object), 'spec', 'initContainers')).toMatchObject([{ name: 'one' }, { name: 'two' }, { name: 'own' }]);
  });
});

test('with no gate container to trust, the kubelet is the gate', () => {
  expect(effectiveHold({ hold: 'container', initContainers: [] })).toBe('kubelet');
  expect(effectiveHold(GATE)).toBe('container');
  expect(effectiveHold(KUBELET)).toBe('kubelet');
});

test('settings have a fingerprint that differs where they do', () => {
  expect(fingerprint(GATE)).toBe(fingerprint(structuredClone(GATE)));
  expect(new Set([GATE, KUBELET, KUBELET_AND_GATE, configured({ image: 'gate:2' })].map(fingerprint)).size).toBe(4);
});

describe('the QoS class of a pod is kept:', () => {
  test.each([
    ['Guaranteed by requests that equal limits', [GUARANTEED], {}, DEFAULT],
    ['Guaranteed also by an init container of its own', [GUARANTEED], { initContainers: [GUARANTEED] }, DEFAULT],
    ['Burstable by whatever size', [sized({ cpu: '10m' }), { name: 'side' }], {}, DEFAULT],
    ['Burstable by a limit alone', [{ name: 'web', resources: { limits: { memory: '1Gi' } } }], {}, DEFAULT],
    ['BestEffort by no size', [{ name: 'web' }, { name: 'side', resources: {} }], {}, {}],
    ['BestEffort where the size is nothing', [sized({ cpu: '0', memory: '0Mi' }, { cpu: 0 })], {}, {}],
    [
      'BestEffort where other things are sized than cpu and memory',
      [sized({ 'ephemeral-storage': '1Gi' }, { 'nvidia.com/gpu': '1' })],
      {},
      {},
    ],
    [
      'that of a pod that is sized as a whole, into which it must fit',
      [{ name: 'web' }],
      { resources: { requests: { cpu: '10m' } } },
      {},
    ],
  ])('%s', (_, containers, podSpec, resources) => {
    expect(at(gateOf(containers, podSpec), 'resources')).toEqual(resources);
  });

  test('by the sizes of the configuration where it has some, for LimitRanges', () => {
    const settings = configured({ resources: { requests: { cpu: '100m' }, limits: { memory: '64Mi' } } });
    const sizes = { cpu: '100m', memory: '64Mi' };
    expect(at(gateOf([GUARANTEED], {}, settings), 'resources')).toEqual({ requests: sizes, limits: sizes });
    expect(at(gateOf([{ name: 'web' }], {}, settings), 'resources')).toEqual({});
  });
});

describe('the security of a gate', () => {
  const NON_ROOT = { name: 'web', securityContext: { runAsNonRoot: true } };
  const RESTRICTED = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
    seccompProfile: { type: 'RuntimeDefault' },
  };

  test.each([
    ['is restricted and takes the user of the pod', [{ name: 'web' }], { runAsUser: 1000, runAsNonRoot: true }, RESTRICTED],
    ['leaves it to a pod that says at pod level that it is not root', [NON_ROOT], { runAsNonRoot: true }, RESTRICTED],
    [
      'says that it is not root where each container says so itself',
      [NON_ROOT, { ...NON_ROOT, name: 'side' }],
      {},
      { ...RESTRICTED, runAsNonRoot: true },
    ],
    ['says nothing of root where one container may be it', [NON_ROOT, { name: 'side' }], {}, RESTRICTED],
    [
      'names a user of its own only where the pod level says 0',
      [{ name: 'web' }],
      { runAsUser: 0 },
      { ...RESTRICTED, runAsNonRoot: true, runAsUser: 65532 },
    ],
  ])('%s', (_, containers, securityContext, expected) => {
    expect(at(gateOf(containers, { securityContext }), 'securityContext')).toEqual(expected);
  });

  test('is what the operator configured', () => {
    const settings = configured({ securityContext: { runAsUser: 7 } });
    expect(at(gateOf([{ name: 'web' }], {}, settings), 'securityContext')).toEqual({ runAsUser: 7 });
  });

  test('has no field of Linux in a pod of Windows, also not where the operator configured some', () => {
    const windows = { os: { name: 'windows' } };
    expect(gateOf([{ name: 'web' }], windows)).not.toHaveProperty('securityContext');
    expect(at(gateOf([NON_ROOT], windows), 'securityContext')).toEqual({ runAsNonRoot: true });
    const settings = configured({ securityContext: { runAsUser: 7, windowsOptions: { runAsUserName: 'x' } } });
    expect(at(gateOf([{ name: 'web' }], windows, settings), 'securityContext')).toEqual({
      windowsOptions: { runAsUserName: 'x' },
    });
  });
});

test('a container whose variable has neither text nor a key for its value is no gate', () => {
  expect(isGate({ name: 'gate', env: [{ name: 'A', value: { toString: 1 } }] }, ['gate'])).toBe(false);
});
