/** What becomes of running consumers, and of new ones, while orcon itself is changed and in the end taken away. In order. */

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { V1Deployment, V1Namespace, V1Pod } from '@kubernetes/client-node';
import { STAMP } from '../../../relations/vocabulary.ts';
import { admissionsDuring } from '../harness/admissions.ts';
import { get, list } from '../harness/api.ts';
import { held, inPhase, rolledOut, running, runningPod, settled, templatesOf } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { deployment, job, provider, statefulSet } from '../harness/manifests.ts';
import { TestNamespace } from '../harness/namespace.ts';
import { changesIn, OrconDeployment } from '../harness/orcon.ts';
import { pushPrototypeGate } from '../harness/prototype-gate.ts';
import { killContainer } from '../harness/restart.ts';
import { scenario } from '../harness/scenario.ts';
import { gateInForce } from '../harness/webhook.ts';

const MINUTES = 60_000;
const ONE = { consumes: 'sse', relations: 'sse-endpoint' };
const GATE = 'tengu-gate';
/** Kinds of which the deployment has objects outside its namespace. */
const CLUSTER_SCOPED = [
  '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
];
const ORCON = '/apis/apps/v1/namespaces/orcon-system/deployments';

let orcon: OrconDeployment;
/** A namespace with a consumer that runs through all of this. */
let lasting: TestNamespace;

beforeAll(async () => {
  orcon = await OrconDeployment.open();
  lasting = await TestNamespace.make();
  await lasting.create(provider('sse-endpoint', 'sse', 'sse.example'));
  await lasting.create(deployment(lasting.name, 'veteran', ONE));
  await runningPod(lasting, 'veteran');
}, MINUTES);

afterAll(async () => {
  await lasting.delete();
});

const webhookImage = async (): Promise<string | undefined> =>
  (await get<V1Deployment>(`${ORCON}/relations-mutating-webhook`))?.spec?.template.spec?.containers[0]?.image;

const gateOf = ({ spec }: V1Pod): string | undefined => spec?.initContainers?.find(({ name }) => name === GATE)?.image;

async function leftOutsideTheNamespace(): Promise<readonly string[]> {
  const ours = { labelSelector: 'app.kubernetes.io/part-of=orcon' };
  const found = await Promise.all(CLUSTER_SCOPED.map((path) => list<{ metadata: { name: string } }>(path, ours)));
  return found.flat().map(({ metadata }) => metadata.name);
}

/** Whether the veteran still runs in the pod that it began in, never restarted. */
async function veteranUntouched(uid: string): Promise<void> {
  await settled(lasting);
  const pod = await runningPod(lasting, 'veteran');
  expect(pod.uid).toBe(uid);
  expect(pod.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  expect(await templatesOf(lasting, 'veteran')).toHaveLength(1);
}

test(
  'an up after a change of a webhook source file rolls a new image without one failed admission',
  async () => {
    const before = await webhookImage();
    const { uid } = await runningPod(lasting, 'veteran');
    appendFileSync(join(orcon.folder, 'webhook/main.ts'), "\nprocess.title = 'relations-webhook';\n");
    const { stamped, ...failed } = await admissionsDuring(lasting, async () => {
      expect(changesIn(await orcon.up()).updated).toBe(2);
    });
    expect(failed).toEqual({ unstamped: 0, refused: [] });
    expect(stamped).toBeGreaterThan(20);
    expect(await webhookImage()).not.toBe(before);
    await veteranUntouched(uid);
  },
  5 * MINUTES,
);

test(
  'an upgrade with a new gate image restarts nobody: what runs keeps its gate, what is new or edited gets the new one',
  async () => {
    const before = await runningPod(lasting, 'veteran');
    const oldGate = gateOf(before);
    appendFileSync(join(orcon.folder, 'gate/gate.sh'), '\n# another gate\n');
    await orcon.up();
    await gateInForce('the new gate image', ({ images }) => images[0] !== oldGate);
    await lasting.merge('Deployment', 'veteran', { metadata: { labels: { edited: 'yes' } } });
    await veteranUntouched(before.uid);

    await lasting.kubectl('scale', 'deployment/veteran', '--replicas=2');
    const two = await running(lasting, 'veteran', 2);
    expect(two.map(gateOf)).toEqual([oldGate, oldGate]);
    await lasting.kubectl('scale', 'deployment/veteran', '--replicas=1');
    await running(lasting, 'veteran', 1);

    await lasting.create(deployment(lasting.name, 'recruit', ONE));
    const recruit = await runningPod(lasting, 'recruit');
    expect(gateOf(recruit)).not.toBe(oldGate);
    await lasting.kubectl('set', 'env', 'deployment/veteran', 'APP=2');
    await rolledOut(lasting, 'Deployment', 'veteran');
    expect(gateOf(await runningPod(lasting, 'veteran'))).toBe(gateOf(recruit));
  },
  5 * MINUTES,
);

test(
  'an up with hold: kubelet restarts nobody',
  async () => {
    const { uid } = await runningPod(lasting, 'recruit');
    await orcon.configure('hold', 'kubelet');
    await orcon.up();
    await gateInForce('hold: kubelet', ({ hold, images }) => hold === 'kubelet' && images.length === 0);
    await settled(lasting);
    expect((await runningPod(lasting, 'recruit')).uid).toBe(uid);
  },
  5 * MINUTES,
);

scenario('held by the kubelet alone, pods are released where they stand and rolled once by a changed value', async (ns) => {
  await ns.create(deployment(ns.name, 'consumer', ONE));
  const [before] = await held(ns, 'consumer');
  expect(before?.spec?.initContainers).toBeUndefined();
  await ns.create(provider('sse-endpoint', 'sse', 'first.example'));
  expect((await runningPod(ns, 'consumer')).uid).toBe(before?.metadata?.uid);
  await ns.merge('Service', 'sse-endpoint', { spec: { externalName: 'second.example' } });
  await eventually('a new template is there', async () => ((await templatesOf(ns, 'consumer')).length > 1 ? true : undefined));
  await rolledOut(ns, 'Deployment', 'consumer');
  await settled(ns);
  expect(await templatesOf(ns, 'consumer')).toHaveLength(2);
  expect(ns.starts().map(({ values }) => values.SSE)).toEqual(['first.example', 'second.example']);
});

scenario('held by the kubelet alone, a killed container comes back and a scale-up starts while Broken', async (ns) => {
  await ns.create(provider('sse-endpoint', 'sse', 'last.example'));
  await ns.create(deployment(ns.name, 'consumer', ONE));
  const { name } = await runningPod(ns, 'consumer');
  await ns.remove('Service', 'sse-endpoint');
  await inPhase(ns, 'Deployment', 'consumer', 'Broken');
  await killContainer(ns, name);
  await ns.kubectl('scale', 'deployment/consumer', '--replicas=2');
  await running(ns, 'consumer', 2);
  expect(ns.starts().map(({ values }) => values.SSE)).toEqual(['last.example', 'last.example', 'last.example']);
});

scenario('held by the kubelet alone, a Job and a StatefulSet of three replicas go on in the pods that were held', async (ns) => {
  await ns.create(job(ns.name, 'batch', ONE));
  await ns.create(statefulSet(ns.name, 'ordered', { ...ONE, replicas: 3 }));
  const before = [...(await held(ns, 'batch')), ...(await held(ns, 'ordered'))];
  await ns.create(provider('sse-endpoint', 'sse', 'sse.example'));
  await running(ns, 'ordered', 3);
  await eventually('the Job is complete', async () => {
    const { status } = await ns.read<{ status?: { succeeded?: number } }>('Job', 'batch');
    return status?.succeeded === 1 ? true : undefined;
  });
  const after = [...(await ns.pods('batch')), ...(await ns.pods('ordered'))].map(({ metadata }) => metadata?.uid);
  expect(after).toEqual(expect.arrayContaining(before.map(({ metadata }) => metadata?.uid)));
  expect(ns.starts()).toHaveLength(4);
});

test(
  "a gate image of the prototype's kind takes the place of orcon's own",
  async () => {
    const image = await pushPrototypeGate();
    await orcon.configure('gateImage', image);
    await orcon.up();
    await gateInForce("the prototype's gate", ({ images }) => images[0] === image);
  },
  5 * MINUTES,
);

scenario("the prototype's gate, which looks once, is not started before every variable is there", async (ns) => {
  await ns.create(deployment(ns.name, 'consumer', { consumes: 'sse,db', relations: 'sse-endpoint,db-endpoint' }));
  await held(ns, 'consumer');
  await ns.create(provider('sse-endpoint', 'sse', 'sse.example'));
  await inPhase(ns, 'Deployment', 'consumer', 'Held', 'waiting for db');
  const [pod] = await held(ns, 'consumer');
  await ns.create(provider('db-endpoint', 'db', 'db.example'));
  const { name, uid } = await runningPod(ns, 'consumer');
  expect(uid).toBe(pod?.metadata?.uid);
  expect(await ns.logs(name, GATE)).toMatch(/^have (DB,SSE|SSE,DB)\n$/);
  expect(ns.starts()).toMatchObject([{ values: { SSE: 'sse.example', DB: 'db.example' } }]);
});

test(
  'a destroy leaves nothing, and consumers come and go without orcon',
  async () => {
    const { uid } = await runningPod(lasting, 'veteran');
    expect(await leftOutsideTheNamespace()).not.toEqual([]);
    // The webhook configuration goes before the webhook: in between, everybody would be refused.
    const { refused } = await admissionsDuring(lasting, () => orcon.destroy());
    expect(refused).toEqual([]);
    expect(await orcon.resources()).toBe(0);
    expect(await get<V1Namespace>('/api/v1/namespaces/orcon-system')).toBeUndefined();
    expect(await leftOutsideTheNamespace()).toEqual([]);

    expect((await runningPod(lasting, 'veteran')).uid).toBe(uid);
    const { object } = await lasting.create(deployment(lasting.name, 'afterwards', ONE));
    expect(object.spec?.template.metadata?.annotations ?? {}).not.toHaveProperty([STAMP]);
    await runningPod(lasting, 'afterwards');
  },
  5 * MINUTES,
);
