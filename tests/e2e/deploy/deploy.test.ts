/** From nothing to a running orcon, in this order; what comes after works with what this leaves. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { V1Deployment, V1MutatingWebhookConfiguration, V1Namespace } from '@kubernetes/client-node';
import { RELATIONSHIPS, STAMP } from '../../../relations/vocabulary.ts';
import { admissionsDuring } from '../harness/admissions.ts';
import { get, list } from '../harness/api.ts';
import { inPhase, rolledOut, runningPod } from '../harness/conditions.ts';
import { deployment, provider } from '../harness/manifests.ts';
import { TestNamespace } from '../harness/namespace.ts';
import { changesIn, OrconDeployment } from '../harness/orcon.ts';
import { tellingWhatIsSeen } from '../harness/scenario.ts';

const MINUTES = 60_000;
const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
let orcon: OrconDeployment;
let older: TestNamespace;

beforeAll(async () => {
  orcon = await OrconDeployment.open();
  older = await TestNamespace.make();
  await older.create(provider('db-endpoint', 'db', 'db.example'));
  await older.create(deployment(older.name, 'waiting', { consumes: 'sse', relations: 'sse-endpoint' }));
  const unlabelled = deployment(older.name, 'unlabelled', { consumes: 'db', relations: 'db-endpoint' });
  await older.create({ ...unlabelled, metadata: { ...unlabelled.metadata, labels: {} } });
  await runningPod(older, 'waiting');
  await runningPod(older, 'unlabelled');
}, MINUTES);

afterAll(async () => {
  await older.delete();
});

test(
  'a preview tells what would be created, and creates nothing',
  async () => {
    expect(changesIn(await orcon.preview()).create).toBeGreaterThan(20);
    expect(await get<V1Namespace>('/api/v1/namespaces/orcon-system')).toBeUndefined();
    expect(await list<V1MutatingWebhookConfiguration>(CONFIGURATIONS)).toEqual([]);
  },
  MINUTES,
);

test(
  'an up deploys orcon, and its outputs name what was deployed',
  async () => {
    // The webhook configuration comes after the webhook: in between, everybody would be refused.
    const { refused } = await admissionsDuring(older, async () => {
      expect(changesIn(await orcon.up()).created).toBeGreaterThan(20);
    });
    expect(refused).toEqual([]);
    for (const name of ['relations-mutating-webhook', 'relations-controller']) {
      const found = await get<V1Deployment>(`/apis/apps/v1/namespaces/orcon-system/deployments/${name}`);
      expect(found?.status).toMatchObject({ replicas: 2, readyReplicas: 2, updatedReplicas: 2 });
    }
    const { namespace, images, certificateExpires, watch } = await orcon.outputs();
    const byDigest = expect.stringMatching(/^127\.0\.0\.1:5505\/orcon\/\w+@sha256:[0-9a-f]{64}$/);
    expect(images).toEqual({ webhook: byDigest, controller: byDigest, gate: byDigest });
    expect(namespace).toBe('orcon-system');
    expect(Date.parse(String(certificateExpires))).toBeGreaterThan(Date.now());
    expect(watch).toContain('kubectl get configmaps');
  },
  5 * MINUTES,
);

test(
  'a second up without changes changes nothing, and builds no image, though it comes from another checkout',
  async () => {
    const changes = changesIn(await orcon.elsewhere().up('--expect-no-changes'));
    expect(Object.keys(changes)).toEqual(['unchanged']);
  },
  2 * MINUTES,
);

test(
  'consumers older than orcon run on unheld until all they consume is there, and then roll once to their values',
  () =>
    tellingWhatIsSeen(older, async () => {
      // This one lacks the label by which it would be watched; what it consumes was there before orcon was.
      await becomesStamped('unlabelled');
      await inPhase(older, 'Deployment', 'waiting', 'Held', 'not stamped yet, its pods run unheld; waiting for sse');
      expect((await older.read<V1Deployment>('Deployment', 'waiting')).metadata?.generation).toBe(1);
      await older.create(provider('sse-endpoint', 'sse', 'sse.example'));
      await becomesStamped('waiting');
      expect(older.starts().map(({ pod, values }) => [pod.split('-')[0], values.DB, values.SSE])).toEqual([
        [expect.any(String), '', ''],
        [expect.any(String), '', ''],
        ['unlabelled', 'db.example', ''],
        ['waiting', '', 'sse.example'],
      ]);
    }),
  2 * MINUTES,
);

/** Waits until a consumer has gone through the webhook and its pods were replaced, which takes one roll. */
async function becomesStamped(name: string): Promise<void> {
  await inPhase(older, 'Deployment', name, 'Related');
  await rolledOut(older, 'Deployment', name);
  const { metadata, spec } = await older.read<V1Deployment>('Deployment', name);
  expect(spec?.template.metadata?.annotations).toHaveProperty([STAMP]);
  expect(metadata?.generation).toBe(2);
  expect(metadata?.labels).toHaveProperty([RELATIONSHIPS]);
}
