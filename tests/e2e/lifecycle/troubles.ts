import { expect, test } from '@jest/globals';
import type { V1Deployment, V1PodDisruptionBudget } from '@kubernetes/client-node';
import { admissionsDuring } from '../harness/admissions.ts';
import { get, merge, remove } from '../harness/api.ts';
import { cluster } from '../harness/cluster.ts';
import { runningPod } from '../harness/conditions.ts';
import { changesIn } from '../harness/orcon.ts';
import { pulumiIn } from '../harness/pulumi-process.ts';
import { DEPLOYMENTS, imageOf, MINUTES, type Story, veteranUntouched } from './lasting.ts';

const WEBHOOK = 'relations-mutating-webhook';
const BUDGET = `/apis/policy/v1/namespaces/orcon-system/poddisruptionbudgets/${WEBHOOK}`;
const BROKEN = "throw new Error('this build cannot start');\n";

/** What goes wrong around an up: with the cluster, with the sources, with the run itself. */
export const troubles: Story = (lasting) => {
  test(
    'what was changed and deleted by hand shows in a preview with refresh, and an up with refresh that may take fields back mends it',
    async () => {
      const { orcon } = lasting();
      await merge(`${DEPLOYMENTS}/relations-controller`, { spec: { replicas: 1 } }, { fieldManager: 'somebody' });
      await remove(BUDGET);
      const { code, stdout } = await orcon.attempt('preview', ['--refresh']);
      expect(code).not.toBe(0);
      expect(stdout).toContain('PodDisruptionBudget orcon-webhook create');
      expect(stdout).toContain('conflict with "somebody" using apps/v1: .spec.replicas');
      const env = { PULUMI_K8S_ENABLE_PATCH_FORCE: 'true' };
      const mended = await orcon.attempt('up', ['--refresh'], { env });
      expect([mended.code, mended.stdout]).toEqual([0, expect.stringContaining('1 created')]);
      expect((await get<V1Deployment>(`${DEPLOYMENTS}/relations-controller`))?.status?.readyReplicas).toBe(2);
      expect(await get<V1PodDisruptionBudget>(BUDGET)).toBeDefined();
    },
    3 * MINUTES,
  );

  test(
    'an image that cannot be built is told with its name, and what runs stays',
    async () => {
      const { orcon } = lasting();
      const image = await imageOf(WEBHOOK);
      await orcon.configure('nodeImage', `${cluster.registry}/no/such:base`);
      const { code, stdout } = await orcon.attempt('up');
      await orcon.configure('nodeImage', `${cluster.registry}/base/node:24`);
      expect(code).not.toBe(0);
      expect(stdout).toMatch(/docker image 127\.0\.0\.1:5505\/orcon\/webhook:[\w.-]+: the build failed: .*no\/such/);
      expect(await imageOf(WEBHOOK)).toBe(image);
    },
    2 * MINUTES,
  );

  test(
    'a build that cannot start is told with the reason of its pod, and refuses nobody',
    async () => {
      const { orcon, ns } = lasting();
      orcon.edit('infra/app.ts', (source) =>
        source.replace("{ create: '5m', update: '5m' }", "{ create: '20s', update: '20s' }"),
      );
      orcon.edit('webhook/main.ts', (source) => `${source}${BROKEN}`);
      const failures = await admissionsDuring(ns, async () => {
        const { code, stdout } = await orcon.attempt('up');
        expect(code).not.toBe(0);
        expect(stdout).toContain(`"orcon-system/${WEBHOOK}" failed to fully initialize or become live`);
        expect(stdout).toMatch(/\[Pod relations-mutating-webhook-\w+-\w+\]: .*(CrashLoopBackOff|\[Error\] exit code 1)/);
      });
      expect(failures).toEqual({ stamped: expect.any(Number), unstamped: 0, refused: [] });
      orcon.edit('infra/app.ts', (source) => source.replaceAll("'20s'", "'5m'"));
      orcon.edit('webhook/main.ts', (source) => source.replace(BROKEN, "process.title = 'mended';\n"));
    },
    3 * MINUTES,
  );

  test(
    'an up that mends it is killed, and after a cancel the next one comes through',
    async () => {
      const { orcon, ns } = lasting();
      const veteran = await runningPod(ns, 'veteran');
      const broken = await imageOf(WEBHOOK);
      const failures = await admissionsDuring(ns, async () => {
        let killed = false;
        const onLine = (line: string) => {
          if (killed || !line.includes(`Deployment orcon-webhook updating`)) return;
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
      expect(await imageOf(WEBHOOK)).not.toBe(broken);
      const found = await get<V1Deployment>(`${DEPLOYMENTS}/${WEBHOOK}`);
      expect(found?.status).toMatchObject({ replicas: 2, readyReplicas: 2, updatedReplicas: 2 });
      expect(Object.keys(changesIn(await orcon.up('--expect-no-changes')))).toEqual(['unchanged']);
      await veteranUntouched(ns, veteran.uid, 2);
    },
    5 * MINUTES,
  );
};
