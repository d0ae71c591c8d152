/** Namespaces that are strict with everybody are so with what the stamp adds, and with orcon itself. */
import { expect, test } from '@jest/globals';
import type { CoreV1Event, V1Namespace, V1Pod } from '@kubernetes/client-node';
import { create, get, list } from '../harness/api.ts';
import { cluster } from '../harness/cluster.ts';
import { held, printed, runningPod } from '../harness/conditions.ts';
import { deployment, provider } from '../harness/manifests.ts';
import { OPTED_IN } from '../harness/namespace.ts';
import { scenario } from '../harness/scenario.ts';

const ENFORCED = { 'pod-security.kubernetes.io/enforce': 'restricted' };
const ONE = { consumes: 'sse', relations: 'sse-endpoint' };
const SIZE = { cpu: '50m', memory: '32Mi' };
const QUOTA = { 'requests.cpu': '1', 'requests.memory': '1Gi', 'limits.cpu': '1', 'limits.memory': '1Gi' };

const restrictedPod = {
  terminationGracePeriodSeconds: 1,
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'app',
      image: cluster.gateBaseImage,
      command: ['sh', '-c', 'echo "SSE=$SSE"; trap "exit 0" TERM; sleep infinity & wait'],
      resources: { requests: SIZE, limits: SIZE },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ],
};

scenario(
  'a pod that Pod Security restricted and a ResourceQuota admit is still admitted with its stamp, held and released',
  async (ns) => {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'strict' }, spec: { hard: QUOTA } };
    await create(`/api/v1/namespaces/${ns.name}/resourcequotas`, quota);
    const consumer = deployment(ns.name, 'consumer', ONE);
    if (!consumer.spec) throw new Error('a Deployment without spec');
    const { metadata } = consumer.spec.template;
    await ns.create({ ...consumer, spec: { ...consumer.spec, template: { metadata, spec: restrictedPod } } });
    const [before] = await held(ns, 'consumer');
    expect(before?.status?.qosClass).toBe('Guaranteed');
    await ns.create(provider('sse-endpoint', 'sse', 'sse.example'));
    const { name, uid } = await runningPod(ns, 'consumer');
    expect([uid, await printed(ns, name)]).toEqual([before?.metadata?.uid, 'SSE=sse.example\n']);
    const refused = (await ns.list<CoreV1Event>('Event')).filter(({ reason }) => reason === 'FailedCreate');
    expect(refused).toEqual([]);
  },
  { labels: { ...OPTED_IN, ...ENFORCED } },
);

test('the namespace of orcon enforces Pod Security restricted, and has admitted every pod of it', async () => {
  const { metadata } = (await get<V1Namespace>('/api/v1/namespaces/orcon-system')) ?? {};
  expect(metadata?.labels).toMatchObject(ENFORCED);
  const pods = await list<V1Pod>('/api/v1/namespaces/orcon-system/pods', { fieldSelector: 'status.phase=Running' });
  const parts = pods.map((pod) => pod.metadata?.labels?.['app.kubernetes.io/component']).sort();
  expect(parts).toEqual(['controller', 'controller', 'webhook', 'webhook']);
});
