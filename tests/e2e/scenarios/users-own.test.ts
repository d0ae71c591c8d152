import { expect } from '@jest/globals';
import type { V1ConfigMap, V1Deployment, V1Pod } from '@kubernetes/client-node';
import { PHASE, RELATIONSHIPS, STAMP, STATUS_INJECTED } from '../../../relations/vocabulary.ts';
import { held, inPhase, printed, rolledOut, runningPod, settled } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { deployment, provider, template } from '../harness/manifests.ts';
import { OPTED_IN, TestNamespace } from '../harness/namespace.ts';
import { killContainer } from '../harness/restart.ts';
import { scenario } from '../harness/scenario.ts';

const BOTH = { consumes: 'sse,db', relations: 'sse-endpoint,db-endpoint' };

async function providers(ns: TestNamespace): Promise<void> {
  await ns.create(provider('sse-endpoint', 'sse', 'sse.example'));
  await ns.create(provider('db-endpoint', 'db', 'db.example'));
}

scenario("a variable in the user's own env wins over the value of the same name", async (ns) => {
  await providers(ns);
  const env = [
    { name: 'APP', value: '1' },
    { name: 'SSE', value: 'mine' },
  ];
  await ns.create(deployment(ns.name, 'consumer', { ...BOTH, container: { env } }));
  await runningPod(ns, 'consumer');
  expect(ns.starts()).toMatchObject([{ values: { SSE: 'mine', DB: 'db.example' } }]);
});

scenario("a variable from the user's own envFrom wins over the value of the same name", async (ns) => {
  await providers(ns);
  await ns.create<V1ConfigMap>({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'own' }, data: { SSE: 'mine' } });
  const envFrom = [{ configMapRef: { name: 'own' } }];
  await ns.create(deployment(ns.name, 'consumer', { ...BOTH, container: { envFrom } }));
  await runningPod(ns, 'consumer');
  expect(ns.starts()).toMatchObject([{ values: { SSE: 'mine', DB: 'db.example' } }]);
});

scenario("with the consumer's annotations every trace goes, and its old pods still restart meanwhile", async (ns) => {
  await providers(ns);
  const { object: created } = await ns.create(deployment(ns.name, 'consumer', BOTH));
  const { name } = await runningPod(ns, 'consumer');
  // Paused, the Deployment keeps its old pods though their template is no more.
  const annotations = Object.fromEntries(Object.keys(created.metadata?.annotations ?? {}).map((key) => [key, null]));
  await ns.merge('Deployment', 'consumer', { metadata: { annotations }, spec: { paused: true } });
  await settled(ns);
  await killContainer(ns, name);
  expect(ns.starts().at(-1)).toMatchObject({ pod: name, values: { SSE: 'sse.example', DB: 'db.example' } });

  await ns.create<V1Deployment>({
    ...deployment(ns.name, 'twin', { replicas: 0 }),
    spec: { replicas: 0, selector: { matchLabels: { app: 'consumer' } }, template: template(ns.name, 'consumer', {}) },
  });
  const twin = await ns.read<V1Deployment>('Deployment', 'twin');
  const cleaned = await ns.read<V1Deployment>('Deployment', 'consumer');
  expect(cleaned.spec?.template).toEqual(twin.spec?.template);
  expect(cleaned.metadata?.annotations ?? {}).not.toHaveProperty([STATUS_INJECTED]);
  expect(cleaned.metadata?.labels).toHaveProperty([RELATIONSHIPS], 'full');
  await ns.remove('Deployment', 'twin');

  await ns.merge('Deployment', 'consumer', { spec: { paused: false } });
  await rolledOut(ns, 'Deployment', 'consumer');
  expect(ns.starts().at(-1)).toMatchObject({ values: { SSE: '', DB: '' } });
  await eventually('the ConfigMap is gone with the last pod that read it', async () =>
    (await ns.relations('Deployment', 'consumer')) === undefined ? true : undefined,
  );
});

scenario(
  'a namespace without the label is left alone',
  async (ns) => {
    await ns.create(deployment(ns.name, 'consumer', BOTH));
    const pod = await runningPod(ns, 'consumer');
    const elsewhere = await TestNamespace.make();
    try {
      await settled(elsewhere);
    } finally {
      await elsewhere.delete();
    }
    expect(pod.metadata?.annotations ?? {}).not.toHaveProperty([STAMP]);
    expect(pod.spec?.initContainers).toBeUndefined();
    expect(await ns.list('ConfigMap', { labelSelector: PHASE })).toEqual([]);
    expect(ns.starts()).toMatchObject([{ values: { SSE: '' } }]);
  },
  { labels: {} },
);

scenario(
  'a pod that Pod Security admits as restricted is admitted with its gate, and in its QoS class',
  async (ns) => {
    const securityContext = {
      runAsNonRoot: true,
      runAsUser: 1234,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    };
    const size = { cpu: '10m', memory: '16Mi' };
    const plain = deployment(ns.name, 'consumer', {
      ...BOTH,
      container: {
        command: ['sh', '-c', 'echo "$(hostname) SSE=$SSE"; trap "exit 0" TERM; sleep infinity & wait'],
        volumeMounts: [],
        securityContext,
        resources: { requests: size, limits: size },
      },
    });
    delete plain.spec?.template.spec?.volumes;
    await ns.create(plain);
    await held(ns, 'consumer');
    await providers(ns);
    const { name } = await runningPod(ns, 'consumer');
    expect(await printed(ns, name)).toBe(`${name} SSE=sse.example\n`);
    expect((await ns.read<V1Pod>('Pod', name)).status?.qosClass).toBe('Guaranteed');
    await inPhase(ns, 'Deployment', 'consumer', 'Related');
  },
  { labels: { ...OPTED_IN, 'pod-security.kubernetes.io/enforce': 'restricted' } },
);
