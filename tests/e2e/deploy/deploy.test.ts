/** From nothing to a running orcon, in this order; what comes after works with what this leaves. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { V1Deployment, V1MutatingWebhookConfiguration, V1Namespace } from '@kubernetes/client-node';
import { RELATIONSHIPS, STAMP } from '../../../relations/vocabulary.ts';
import { get, list } from '../harness/api.ts';
import { inPhase, rolledOut, runningPod } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { deployment, provider } from '../harness/manifests.ts';
import { TestNamespace } from '../harness/namespace.ts';
import { changesIn, OrconDeployment } from '../harness/orcon.ts';
import { seenIn } from '../harness/seen.ts';

const MINUTES = 60_000;
const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
let orcon: OrconDeployment;
let older: TestNamespace;

beforeAll(async () => {
  orcon = await OrconDeployment.open();
  older = await TestNamespace.make();
  await older.create(deployment(older.name, 'labelled', { consumes: 'sse', relations: 'sse-endpoint' }));
  const unlabelled = deployment(older.name, 'unlabelled', { consumes: 'sse', relations: 'sse-endpoint' });
  await older.create({ ...unlabelled, metadata: { ...unlabelled.metadata, labels: {} } });
  await runningPod(older, 'labelled');
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
    const { create } = changesIn(await orcon.up());
    expect(create).toBeGreaterThan(20);
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
  'a second up without changes changes nothing',
  async () => {
    const changes = changesIn(await orcon.up('--expect-no-changes'));
    expect(Object.keys(changes)).toEqual(['unchanged']);
  },
  2 * MINUTES,
);

test(
  'consumers older than orcon run on unheld until all they consume is there, and then roll once to their values',
  async () => {
    try {
      const before = await runningPod(older, 'labelled');
      await inPhase(older, 'Deployment', 'labelled', 'Held', 'not stamped yet, its pods run unheld; waiting for sse');
      expect((await runningPod(older, 'labelled')).uid).toBe(before.uid);
      await older.create(provider('sse-endpoint', 'sse', 'sse.example'));
      await eventually('both are stamped', async () => {
        const found = await older.list<V1Deployment>('Deployment');
        return found.every(({ spec }) => spec?.template.metadata?.annotations?.[STAMP]) ? true : undefined;
      });
      for (const name of ['labelled', 'unlabelled']) {
        await rolledOut(older, 'Deployment', name);
        await inPhase(older, 'Deployment', name, 'Related');
        const found = await older.read<V1Deployment>('Deployment', name);
        expect(found.metadata?.generation).toBe(2);
        expect(found.metadata?.labels).toHaveProperty([RELATIONSHIPS]);
      }
      const started = older.starts().map(({ pod, values }) => [pod.split('-')[0], values.SSE]);
      expect(started.slice(0, 2).map(([, value]) => value)).toEqual(['', '']);
      expect(started.slice(2).sort()).toEqual([
        ['labelled', 'sse.example'],
        ['unlabelled', 'sse.example'],
      ]);
    } catch (error) {
      if (error instanceof Error) error.stack = `${error.stack}\n${await seenIn(older)}`;
      throw error;
    }
  },
  2 * MINUTES,
);
