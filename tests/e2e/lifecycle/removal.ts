import { expect, test } from '@jest/globals';
import type { V1DaemonSet, V1Deployment, V1Namespace, V1StatefulSet } from '@kubernetes/client-node';
import { CONTEXT } from '../../../local/cluster/addresses.ts';
import { STAMP } from '../../../relations/vocabulary.ts';
import { admissionsDuring } from '../harness/admissions.ts';
import { get } from '../harness/api.ts';
import { held, rolledOut, running, runningPod } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { daemonSet, deployment, job, statefulSet } from '../harness/manifests.ts';
import type { TestNamespace } from '../harness/namespace.ts';
import { namespaceAdmin } from '../harness/namespace-admin.ts';
import { killContainer } from '../harness/restart.ts';
import { npmRun, npmRunAs } from '../harness/user-command.ts';
import { leftOutsideTheNamespace, MINUTES, NEVER, nobodyRestarted, ONE, type Story } from './lasting.ts';

const YES = ['--yes', '--context', CONTEXT];

/** Orcon is taken away while consumers run and wait, and then what it did to them. */
export const removal: Story = (lasting) => {
  /** Kubeconfig of who has rights in the namespace of the consumers alone. */
  let admin: string;

  test(
    'what it did to workloads is not undone while it is there',
    async () => {
      const { ns } = lasting();
      await ns.create(deployment(ns.name, 'unmet', NEVER));
      await ns.create(statefulSet(ns.name, 'ordered', { ...NEVER, replicas: 2 }));
      await ns.create(job(ns.name, 'batch', NEVER));
      await ns.create(deployment(ns.name, 'paused', NEVER));
      for (const app of ['unmet', 'ordered', 'batch', 'paused']) await held(ns, app);
      await ns.merge('Deployment', 'paused', { spec: { paused: true } });
      const { code, said } = await npmRun('uninstall:clean', ...YES, '--namespace', ns.name);
      expect([code, said]).toEqual([1, expect.stringContaining('relations-mutating-webhook is still there')]);
      expect(said).toContain('Nothing was changed');
    },
    2 * MINUTES,
  );

  test(
    'a destroy leaves nothing but consumers that run and wait on, and new ones come without orcon',
    async () => {
      const { orcon, ns } = lasting();
      const { uid } = await runningPod(ns, 'veteran');
      expect(await leftOutsideTheNamespace()).not.toEqual([]);
      // The webhook configuration goes before the webhook: in between, everybody would be refused.
      const { refused } = await admissionsDuring(ns, () => orcon.destroy());
      expect(refused).toEqual([]);
      expect(await orcon.resources()).toBe(0);
      expect(await get<V1Namespace>('/api/v1/namespaces/orcon-system')).toBeUndefined();
      expect(await leftOutsideTheNamespace()).toEqual([]);

      expect((await runningPod(ns, 'veteran')).uid).toBe(uid);
      await nobodyRestarted(lasting());
      await held(ns, 'unmet');
      const { object } = await ns.create(deployment(ns.name, 'afterwards', ONE));
      expect(object.spec?.template.metadata?.annotations ?? {}).not.toHaveProperty([STAMP]);
      await runningPod(ns, 'afterwards');
    },
    5 * MINUTES,
  );

  test(
    'without orcon consumers are rolled and scaled, and restart, on the values that they had',
    async () => {
      const { ns } = lasting();
      const before = ns.starts().length;
      await ns.kubectl('set', 'env', 'deployment/veteran', 'APP=3');
      await ns.kubectl('scale', 'statefulset/ranked', '--replicas=2');
      await killContainer(ns, (await runningPod(ns, 'everywhere')).name);
      await rolledOut(ns, 'Deployment', 'veteran');
      await running(ns, 'ranked', 2);
      const starts = ns.starts().slice(before);
      expect(starts.map(({ pod, values }) => [pod.split('-')[0], values.APP, values.SSE]).sort()).toEqual([
        ['everywhere', '1', 'sse.example'],
        ['ranked', '1', 'sse.example'],
        ['veteran', '3', 'sse.example'],
      ]);
    },
    2 * MINUTES,
  );

  test(
    'a check by who administers that namespace alone lists what is left on the workloads, and changes nothing',
    async () => {
      const { ns } = lasting();
      const { uid } = await runningPod(ns, 'veteran');
      admin = await namespaceAdmin(ns);
      const { code, said } = await npmRunAs(admin, 'uninstall:check', '--namespace', ns.name);
      expect(code).toBe(0);
      expect(said).toContain(`Deployment ${ns.name}/veteran: 1 stamped pod\n`);
      expect(said).toContain(`Deployment ${ns.name}/unmet: 1 stamped pod, 1 held\n`);
      expect(said).toContain(`StatefulSet ${ns.name}/ordered: 1 stamped pod, 1 held\n`);
      expect(said).toContain(`Job ${ns.name}/batch: held, and never starts: delete it`);
      expect(said).toContain(`${ns.name}/relations-deployment-veteran, read by pod veteran-`);
      expect(said).not.toContain('afterwards');
      expect(said).toContain(`  outside ${ns.name}: Role, RoleBinding, Deployment, Service\n`);
      expect((await runningPod(ns, 'veteran')).uid).toBe(uid);
    },
    MINUTES,
  );

  test(
    'a cleaning makes the workloads as their users wrote them, and those that were held start',
    async () => {
      const { ns } = lasting();
      const { code, said } = await npmRunAs(admin, 'uninstall:clean', ...YES, '--namespace', ns.name);
      expect([code, said]).toEqual([1, expect.stringContaining('relations-job-batch: stays for pod batch-')]);
      expect(said).toContain(
        `Deployment ${ns.name}/paused: restored; it is paused, and its pods are replaced once you resume it`,
      );
      expect(said).toContain('relations-deployment-paused: stays for pod paused-');
      await running(ns, 'unmet');
      await running(ns, 'ordered', 2);
      for (const manifest of [
        deployment(ns.name, 'veteran', { ...ONE, version: '3' }),
        statefulSet(ns.name, 'ranked', ONE),
        daemonSet(ns.name, 'everywhere', ONE),
        deployment(ns.name, 'patient', NEVER),
        deployment(ns.name, 'unmet', NEVER),
        statefulSet(ns.name, 'ordered', NEVER),
      ])
        expect(await asItIs(ns, manifest)).toEqual(await asWritten(ns, manifest));

      await ns.merge('Deployment', 'paused', { spec: { paused: false } });
      await ns.kubectl('delete', 'job', 'batch');
      await eventually('the pod of the deleted Job is gone', async () =>
        (await ns.pods('batch')).length === 0 ? true : undefined,
      );
      expect(await npmRunAs(admin, 'uninstall:clean', ...YES, '--namespace', ns.name)).toMatchObject({ code: 0 });
      const { said: now } = await npmRunAs(admin, 'uninstall:check', '--namespace', ns.name);
      expect(now).toContain('nothing of orcon is left');
      expect((await ns.list<{ metadata: { name: string } }>('ConfigMap')).map(({ metadata }) => metadata.name)).toEqual([
        'kube-root-ca.crt',
      ]);
    },
    3 * MINUTES,
  );
};

type Manifest = V1Deployment | V1StatefulSet | V1DaemonSet;

/** What its user has written of a workload, as it is in the cluster. */
async function asItIs(ns: TestNamespace, { kind, metadata }: Manifest) {
  if (kind !== 'Deployment' && kind !== 'StatefulSet' && kind !== 'DaemonSet') throw new Error(`no kind of these: ${kind}`);
  return writtenIn(await ns.read<Manifest>(kind, metadata?.name ?? ''));
}

/** The same as the API server makes it of a manifest, now that there is no orcon; nothing is created. */
async function asWritten(ns: TestNamespace, manifest: Manifest) {
  const another: Manifest = { ...manifest, metadata: { ...manifest.metadata, name: 'written' } };
  return writtenIn((await ns.create(another, { dryRun: 'All' })).object);
}

/** Annotations but for those of Kubernetes itself, and the pod template. */
function writtenIn({ metadata, spec }: Manifest) {
  const annotations = Object.entries(metadata?.annotations ?? {}).filter(
    ([key]) => !/^(deployment\.kubernetes\.io|deprecated\.)/.test(key),
  );
  return { annotations: Object.fromEntries(annotations), template: spec?.template };
}
