import { expect, test } from '@jest/globals';
import type { V1Deployment, V1Namespace, V1PodTemplateSpec, V1StatefulSet } from '@kubernetes/client-node';
import { CONTEXT } from '../../../local/cluster/addresses.ts';
import { STAMP } from '../../../relations/vocabulary.ts';
import { admissionsDuring } from '../harness/admissions.ts';
import { get } from '../harness/api.ts';
import { held, running, runningPod } from '../harness/conditions.ts';
import { eventually } from '../harness/eventually.ts';
import { deployment, job, statefulSet } from '../harness/manifests.ts';
import { TestNamespace } from '../harness/namespace.ts';
import { namespaceAdmin } from '../harness/namespace-admin.ts';
import { npmRun, npmRunAs } from '../harness/user-command.ts';
import { leftOutsideTheNamespace, MINUTES, ONE, type Story } from './lasting.ts';

const NEVER = { consumes: 'never', relations: 'never' };

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
    'a destroy leaves nothing, and consumers come and go without orcon',
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
      await held(ns, 'unmet');
      const { object } = await ns.create(deployment(ns.name, 'afterwards', ONE));
      expect(object.spec?.template.metadata?.annotations ?? {}).not.toHaveProperty([STAMP]);
      await runningPod(ns, 'afterwards');
    },
    5 * MINUTES,
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
      expect(await templateOf(ns, 'Deployment', 'unmet')).toEqual(await asWritten(deployment(ns.name, 'unmet', NEVER)));
      expect(await templateOf(ns, 'StatefulSet', 'ordered')).toEqual(await asWritten(statefulSet(ns.name, 'ordered', NEVER)));

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

async function templateOf(ns: TestNamespace, kind: 'Deployment' | 'StatefulSet', name: string) {
  return (await ns.read<V1Deployment | V1StatefulSet>(kind, name)).spec?.template;
}

/** The pod template that the API server makes of a manifest where there is no orcon; nothing is created. */
async function asWritten(object: V1Deployment | V1StatefulSet): Promise<V1PodTemplateSpec | undefined> {
  const elsewhere = await TestNamespace.make({ labels: {} });
  try {
    return (await elsewhere.create<V1Deployment | V1StatefulSet>(object, { dryRun: 'All' })).object.spec?.template;
  } finally {
    await elsewhere.delete();
  }
}
