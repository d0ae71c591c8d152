import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { annotatedLook, waitForFault } from '../../../local/plugins/kubernetes/await/annotated.ts';
import { deploymentProgress } from '../../../local/plugins/kubernetes/await/deployment.ts';
import { podReasons } from '../../../local/plugins/kubernetes/await/pods.ts';
import { serviceLook } from '../../../local/plugins/kubernetes/await/service.ts';
import { createClient } from '../../../local/plugins/kubernetes/client.ts';
import { Objects } from '../../../local/plugins/kubernetes/objects.ts';
import { quantityOf } from '../../../local/plugins/kubernetes/quantity.ts';
import { readSettings } from '../../../local/plugins/kubernetes/settings.ts';
import type { JsonObject } from '../../../local/plugins/rpc/json.ts';
import { ApiServer } from './api-server.ts';

let api: ApiServer;
let objects: Objects;
beforeEach(async () => {
  api = new ApiServer();
  objects = new Objects(createClient(readSettings({ kubeconfig: await api.start() }).kubeConfig));
});
afterEach(() => api.stop());

describe('an object that names what to wait for', () => {
  const annotated = (waitFor: string): JsonObject => ({
    kind: 'Any',
    metadata: { annotations: { 'pulumi.com/waitFor': waitFor } },
  });
  const bundle = annotated('jsonpath={.webhooks[*].clientConfig.caBundle}');

  test.each<[string, boolean, JsonObject]>([
    ['it is there', true, { webhooks: [{ clientConfig: { caBundle: 'QQ==' } }] }],
    ['it is there in one of several', true, { webhooks: [{}, { clientConfig: { caBundle: 'QQ==' } }] }],
    ['the last step is missing', false, { webhooks: [{ clientConfig: {} }] }],
    ['the list is empty', false, { webhooks: [] }],
    ['the list is missing', false, {}],
  ])('%s: ready is %p', (_, ready, live) => {
    expect(annotatedLook(bundle)?.(live).ready).toBe(ready);
  });

  test('in another form is refused before anything is done', () => {
    expect(waitForFault(bundle)).toBeUndefined();
    for (const form of ['condition=Ready', 'jsonpath={.status.phase}=Running', '["jsonpath={.a}"]']) {
      expect(waitForFault(annotated(form))).toContain(`"${form}" is not served here`);
    }
  });
});

describe('a Deployment', () => {
  const conditions = (available: string, reason: string) => [
    { type: 'Available', status: available },
    {
      type: 'Progressing',
      status: reason === 'ProgressDeadlineExceeded' ? 'False' : 'True',
      reason,
      message: 'it has timed out progressing',
    },
  ];
  const complete = {
    observedGeneration: 2,
    replicas: 2,
    updatedReplicas: 2,
    readyReplicas: 2,
    conditions: conditions('True', 'NewReplicaSetAvailable'),
  };
  const deployment = (status: JsonObject): JsonObject => ({
    kind: 'Deployment',
    metadata: { name: 'app', namespace: 'shop', generation: 2, uid: 'deployment' },
    spec: { replicas: 2, selector: { matchLabels: { app: 'app' } } },
    status,
  });
  const owned = { ownerReferences: [{ uid: 'deployment' }] };
  beforeEach(() => {
    api.objects.set('/apis/apps/v1/namespaces/shop/replicasets/app-1', { metadata: { name: 'app-1', ...owned } });
  });

  test.each<[string, boolean, JsonObject]>([
    ['all pods of the present template are ready', true, complete],
    ['the controller has not seen the change yet', false, { ...complete, observedGeneration: 1 }],
    ['some pods are of an older template', false, { ...complete, updatedReplicas: 1 }],
    ['only old pods are ready', false, { ...complete, replicas: 4, readyReplicas: 2 }],
    ['it is not available', false, { ...complete, conditions: conditions('False', 'NewReplicaSetAvailable') }],
    ['the new ReplicaSet is still growing', false, { ...complete, conditions: conditions('True', 'ReplicaSetUpdated') }],
    ['nothing is known yet', false, {}],
  ])('%s: ready is %p', async (_, ready, status) => {
    expect((await deploymentProgress(deployment(status), objects)).ready).toBe(ready);
  });

  test('of which no ReplicaSet is seen is not ready, whatever it says of itself', async () => {
    api.objects.clear();
    expect((await deploymentProgress(deployment(complete), objects)).ready).toBe(false);
  });

  test('whose old pods serve on says that the new ones do not', async () => {
    const status = { ...complete, updatedReplicas: 1, conditions: conditions('True', 'ProgressDeadlineExceeded') };
    expect((await deploymentProgress(deployment(status), objects)).reasons).toEqual([
      'Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live',
      '[ProgressDeadlineExceeded] it has timed out progressing',
    ]);
  });

  test('whose pods are refused says by whom', async () => {
    const failed = [{ type: 'ReplicaFailure', status: 'True', message: 'pods "app-1-" is forbidden: exceeded quota' }];
    const metadata = { name: 'app-1', ...owned };
    api.objects.set('/apis/apps/v1/namespaces/shop/replicasets/app-1', { metadata, status: { conditions: failed } });
    expect((await deploymentProgress(deployment({}), objects)).reasons).toContain(
      '[ReplicaSet app-1]: pods "app-1-" is forbidden: exceeded quota',
    );
  });

  test('tells the reasons of the newest pods only', async () => {
    const ownedBy = (uid: string, by: string, revision?: string) => ({
      uid,
      name: uid,
      ownerReferences: [{ uid: by }],
      annotations: { 'deployment.kubernetes.io/revision': revision },
    });
    for (const [set, revision] of [
      ['old', '9'],
      ['new', '10'],
    ] as const) {
      api.objects.set(`/apis/apps/v1/namespaces/shop/replicasets/${set}`, { metadata: ownedBy(set, 'deployment', revision) });
      const containerStatuses = [{ state: { waiting: { reason: 'CrashLoopBackOff', message: `in ${set}` } } }];
      api.objects.set(`/api/v1/namespaces/shop/pods/${set}-pod`, {
        metadata: ownedBy(`${set}-pod`, set),
        status: { containerStatuses },
      });
    }
    const { reasons } = await deploymentProgress(deployment({}), objects);
    expect(reasons.filter((reason) => reason.startsWith('[Pod'))).toEqual(['[Pod new-pod]: [CrashLoopBackOff] in new']);
  });
});

describe('the reason of a pod', () => {
  test.each<[string, JsonObject, readonly string[]]>([
    [
      'that no node takes',
      { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available' }] },
      ['[Pod p]: [Unschedulable] 0/1 nodes are available'],
    ],
    [
      'that crashes',
      {
        conditions: [{ type: 'ContainersReady', status: 'False', message: 'containers with unready status: [c]' }],
        containerStatuses: [
          {
            state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
            lastState: { terminated: { exitCode: 3, reason: 'Error' } },
          },
        ],
      },
      [
        '[Pod p]: containers with unready status: [c] -- [CrashLoopBackOff] back-off 10s',
        '[Pod p]: containers with unready status: [c] -- [Error] exit code 3',
      ],
    ],
    [
      'whose init container lacks a key',
      { initContainerStatuses: [{ state: { waiting: { reason: 'CreateContainerConfigError', message: 'no key DB' } } }] },
      ['[Pod p]: [CreateContainerConfigError] no key DB'],
    ],
    ['that is on its way', { containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } } }] }, []],
    ['that is ready', { conditions: [{ type: 'Ready', status: 'True' }] }, []],
  ])('%s', (_, status, reasons) => {
    expect(podReasons({ metadata: { name: 'p' }, status })).toEqual(reasons);
  });
});

describe('a Service', () => {
  const service = (spec: JsonObject): JsonObject => ({ kind: 'Service', metadata: { name: 's', namespace: 'shop' }, spec });
  const endpoints = (...addresses: string[]) =>
    api.objects.set('/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/s-1', {
      endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    });

  test.each<[string, JsonObject]>([
    ['without a selector', {}],
    ['that is headless', { clusterIP: 'None', selector: { app: 'a' } }],
    ['of type ExternalName', { type: 'ExternalName', selector: { app: 'a' } }],
  ])('%s is not waited for', async (_, spec) => {
    expect((await serviceLook(objects)(service(spec))).ready).toBe(true);
  });

  test('that selects nobody is not ready and says so', async () => {
    const { ready, reasons } = await serviceLook(objects)(service({ selector: { app: 'a' } }));
    expect([ready, reasons]).toEqual([false, [expect.stringContaining('Service does not target any Pods')]]);
  });

  test('is ready once its endpoints have stayed the same for a while', async () => {
    let now = 0;
    const look = serviceLook(objects, { settle: 10_000, now: () => now });
    const ready = async () => (await look(service({ selector: { app: 'a' } }))).ready;
    endpoints('10.244.0.1');
    expect(await ready()).toBe(false);
    now = 9_999;
    expect(await ready()).toBe(false);
    endpoints('10.244.0.1', '10.244.0.2');
    now = 15_000;
    expect(await ready()).toBe(false);
    now = 25_000;
    expect(await ready()).toBe(true);
  });
});

test.each([
  ['1', 1],
  ['100m', 0.1],
  ['0.1', 0.1],
  ['64Mi', 67_108_864],
  ['1e3', 1000],
  [2, 2],
  ['1Xi', undefined],
  ['', undefined],
  ['abc', undefined],
])('the quantity %p is %p', (text, amount) => {
  expect(quantityOf(text)).toBe(amount);
});
