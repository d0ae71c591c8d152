import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { V1Deployment, V1Pod, V1PodDisruptionBudget } from '@kubernetes/client-node';
import { admissionsDuring } from '../harness/admissions.ts';
import { get, list, merge, remove } from '../harness/api.ts';
import { cluster } from '../harness/cluster.ts';
import { isReady, runningPod } from '../harness/conditions.ts';
import type { TestNamespace } from '../harness/namespace.ts';
import { changesIn } from '../harness/orcon.ts';
import { pulumiIn } from '../harness/pulumi-process.ts';
import { DEPLOYMENTS, imageOf, MINUTES, nobodyRestarted, type Story, veteranUntouched } from './lasting.ts';
import { Reader } from './reader.ts';

const WEBHOOK = 'relations-mutating-webhook';
const BUDGET = `/apis/policy/v1/namespaces/orcon-system/poddisruptionbudgets/${WEBHOOK}`;
const CONTROLLER = 'relations-controller';
const PODS = '/api/v1/namespaces/orcon-system/pods';
/** What drift.yml does every night. */
const NIGHTLY = ['--refresh', '--expect-no-changes'];
const BROKEN = "throw new Error('this build cannot start');\n";
const MENDED = "process.title = 'mended';\n";
const PATIENT = "{ create: '5m', update: '5m' }";
/** Long enough for a pod to start and to crash. */
const IMPATIENT = "{ create: '10s', update: '10s' }";

/** What goes wrong around an up: with the cluster, with the sources, with the run itself. */
export const troubles: Story = (lasting) => {
  let reader: Reader;
  beforeAll(async () => {
    reader = await Reader.make();
  });
  afterAll(() => reader.end());

  test(
    'what was changed and deleted by hand shows to who may only look, and nothing else does; an up that may take fields back mends it',
    async () => {
      const { orcon } = lasting();
      await merge(`${DEPLOYMENTS}/relations-controller`, { spec: { replicas: 1 } }, { fieldManager: 'somebody' });
      await remove(BUDGET);
      const { code, stdout } = await orcon.attempt('preview', NIGHTLY, { env: reader.environment });
      expect(code).not.toBe(0);
      expect(stdout).toContain('PodDisruptionBudget orcon-webhook create');
      expect(stdout).toContain('Deployment orcon-controller update');
      expect(changesIn(stdout)).toMatchObject({ create: 1, update: 1 });
      const env = { PULUMI_K8S_ENABLE_PATCH_FORCE: 'true' };
      const mended = await orcon.attempt('up', ['--refresh'], { env });
      expect([mended.code, mended.stdout]).toEqual([0, expect.stringContaining('1 created')]);
      expect((await get<V1Deployment>(`${DEPLOYMENTS}/relations-controller`))?.status?.readyReplicas).toBe(2);
      expect(await get<V1PodDisruptionBudget>(BUDGET)).toBeDefined();
    },
    3 * MINUTES,
  );

  test(
    'a build that cannot start is told with the reason of its pod, what runs stays, and nobody is refused',
    async () => {
      const { orcon, ns } = lasting();
      const before = await serving(ns);
      orcon.edit('infra/app.ts', (source) => source.replace(PATIENT, IMPATIENT));
      orcon.edit('webhook/main.ts', (source) => `${source}${BROKEN}`);
      const failures = await admissionsDuring(ns, async () => {
        const { code, stdout } = await orcon.attempt('up');
        expect(code).not.toBe(0);
        expect(stdout).toContain(`"orcon-system/${WEBHOOK}" failed to fully initialize or become live`);
        expect(stdout).toMatch(/\[Pod relations-mutating-webhook-\w+-\w+\]: .*(CrashLoopBackOff|\[Error\] exit code 1)/);
      });
      expect(failures).toEqual({ stamped: expect.any(Number), unstamped: 0, refused: [] });
      expect(await serving(ns)).toEqual(before);
      expect(await orcon.unready()).toEqual(['orcon-webhook']);
      orcon.edit('infra/app.ts', (source) => source.replace(IMPATIENT, PATIENT));
    },
    3 * MINUTES,
  );

  test(
    'an image that cannot be built is told with its name, and what runs stays',
    async () => {
      const { orcon, ns } = lasting();
      const [image, before] = [await imageOf(WEBHOOK), await serving(ns)];
      orcon.edit('webhook/main.ts', (source) => source.replace(BROKEN, MENDED));
      await orcon.configure('nodeImage', `${cluster.registry}/no/such:base`);
      const { code, stdout } = await orcon.attempt('up');
      await orcon.configure('nodeImage', `${cluster.registry}/base/node:24`);
      expect(code).not.toBe(0);
      expect(stdout).toMatch(/docker image 127\.0\.0\.1:5505\/orcon\/webhook:[\w.-]+: the build failed: .*no\/such/);
      expect([await imageOf(WEBHOOK), await serving(ns)]).toEqual([image, before]);
    },
    2 * MINUTES,
  );

  test(
    'when both causes are mended a plain up brings what was wanted, and nobody is refused',
    async () => {
      const { orcon, ns } = lasting();
      const broken = await imageOf(WEBHOOK);
      const failures = await admissionsDuring(ns, () => orcon.up());
      expect(failures).toEqual({ stamped: expect.any(Number), unstamped: 0, refused: [] });
      await isRolledOut(WEBHOOK, broken);
      expect(await serving(ns)).toHaveLength(2);
      expect(await orcon.outputs()).toMatchObject({ images: { webhook: await imageOf(WEBHOOK) } });
      expect(await orcon.unready()).toEqual([]);
    },
    3 * MINUTES,
  );

  test(
    'an up that is killed leaves a lock, and after a cancel the next one comes through',
    async () => {
      const { orcon, ns } = lasting();
      const veteran = await runningPod(ns, 'veteran');
      const before = await imageOf(CONTROLLER);
      orcon.edit('controller/main.ts', (source) => `${source}process.title = 'newest';\n`);
      const failures = await admissionsDuring(ns, async () => {
        let killed = false;
        const onLine = (line: string) => {
          if (killed || !line.includes('Deployment orcon-controller updating')) return;
          killed = true;
          process.kill(pulumiIn(orcon.folder), 'SIGKILL');
        };
        expect((await orcon.attempt('up', [], { onLine })).code).toBe(137);
        const locked = await orcon.attempt('up');
        expect([locked.code === 0, locked.stdout + locked.stderr]).toEqual([false, expect.stringContaining('pulumi cancel')]);
        expect(await orcon.cancel()).toMatchObject({ code: 0 });
        await orcon.up('--refresh');
      });
      expect(failures).toEqual({ stamped: expect.any(Number), unstamped: 0, refused: [] });
      await isRolledOut(CONTROLLER, before);
      // Who may only look sees that nothing is left to be done, and is not misled by what it may not see.
      const seen = await orcon.attempt('preview', NIGHTLY, { env: reader.environment });
      expect([seen.code, Object.keys(changesIn(seen.stdout))]).toEqual([0, ['unchanged']]);
      await veteranUntouched(ns, veteran.uid, 2);
      await nobodyRestarted(lasting());
    },
    5 * MINUTES,
  );
};

/** The webhook's pods that serve, by uid. */
async function serving(ns: TestNamespace): Promise<readonly (string | undefined)[]> {
  const pods = await list<V1Pod>(PODS, { labelSelector: 'app.kubernetes.io/component=webhook' });
  const ready = pods.filter((pod) => pod.metadata?.deletionTimestamp === undefined && isReady(ns, pod));
  return ready.map(({ metadata }) => metadata?.uid).sort();
}

/** Whether both replicas are of a newer image than the one before. */
async function isRolledOut(name: string, before: string | undefined): Promise<void> {
  expect(await imageOf(name)).not.toBe(before);
  const found = await get<V1Deployment>(`${DEPLOYMENTS}/${name}`);
  expect(found?.status).toMatchObject({ replicas: 2, readyReplicas: 2, updatedReplicas: 2 });
}
