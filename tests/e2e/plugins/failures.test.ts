/**
 * What the provider plugins do with the real engine on a real cluster when something goes wrong, in the words of what the official
 * ones do; on a stack that is up, as each test leaves it for the next one.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { V1Namespace } from '@kubernetes/client-node';
import { sessionMembers } from '../../../local/pulumi/session.ts';
import { get, merge, remove } from '../harness/api.ts';
import { cluster } from '../harness/cluster.ts';
import { eventually } from '../harness/eventually.ts';
import { pulumiIn } from '../harness/pulumi-process.ts';
import { succeed, Trial } from './trial.ts';

const NAMESPACE = `plugins-failures-${process.pid}`;

// Several runs of Pulumi in a test, on a machine that may be doing much else.
jest.setTimeout(5 * 60_000);

let trial: Trial;
beforeAll(async () => {
  trial = await Trial.start(NAMESPACE);
  await succeed(trial.up());
});
afterAll(async () => {
  await remove(`/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${NAMESPACE}`);
  await remove(`/api/v1/namespaces/${NAMESPACE}`);
  trial.end();
});

describe('a roll-out that fails', () => {
  const image = `${cluster.registry}/no/such:image`;
  const UP = ['up', '--yes', '--skip-preview', '--stack', 'trial'];
  const isWaiting = (line: string) => line.includes('Waiting for app ReplicaSet');

  test('is told with the reason of the pod, and the next preview shows an update', async () => {
    await trial.having({ image, timeoutSeconds: 5 }, async () => {
      const { code, stdout } = await trial.up();
      expect(code).not.toBe(0);
      expect(stdout).toContain(
        `"${NAMESPACE}/server" failed to fully initialize or become live: 'server' timed out waiting to be Ready`,
      );
      const reason = /\[Pod server-\w+-\w+\]: containers with unready status: \[server\] -- \[(ImagePullBackOff|ErrImagePull)\]/;
      expect(stdout).toMatch(reason);
      expect(await trial.plan()).toEqual(['update Deployment server']);
    });
    await succeed(trial.up());
  });

  test('is no longer waited for after an interrupt, and no lock stays', async () => {
    await trial.having({ image }, async () => {
      const controller = new AbortController();
      const onLine = (line: string) => isWaiting(line) && controller.abort();
      const { code, stdout } = await trial.run(UP, { signal: controller.signal, onLine });
      expect([code === 0, stdout]).toEqual([false, expect.stringContaining("Resource operation was cancelled for 'server'")]);
    });
    await succeed(trial.up());
  });

  test('leaves nothing running when Pulumi is killed, and a lock that cancel takes away', async () => {
    await trial.having({ image }, async () => {
      let leader = 0;
      let others: readonly number[] = [];
      const onLine = (line: string) => {
        if (leader !== 0 || !isWaiting(line)) return;
        leader = pulumiIn(trial.folder);
        others = sessionMembers(leader).filter((pid) => pid !== leader);
        process.kill(leader, 'SIGKILL');
      };
      expect((await trial.run(UP, { onLine })).code).toBe(137);
      expect(others.length).toBeGreaterThan(3); // language host, program, plugins
      await eventually('its plugins and program are gone', async () => sessionMembers(leader).length === 0 || undefined, 10);
    });
    const locked = await trial.up();
    expect([locked.code === 0, locked.stdout + locked.stderr]).toEqual([false, expect.stringContaining('locked')]);
    expect((await trial.cancel()).code).toBe(0);
    await succeed(trial.up('--refresh'));
  });
});

describe('what is in the way', () => {
  test('an object of that name lets the preview pass and the up fail, and stays as it is', async () => {
    const other = await Trial.start(NAMESPACE);
    try {
      other.settings = { ...other.settings, onlyNamespace: true };
      expect(await other.plan()).toContain('create Namespace namespace');
      const { code, stdout } = await other.up();
      expect([code === 0, stdout]).toEqual([false, expect.stringContaining(`namespaces "${NAMESPACE}" already exists`)]);
      await succeed(other.destroy());
      expect((await get<V1Namespace>(`/api/v1/namespaces/${NAMESPACE}`))?.status?.phase).toBe('Active');
    } finally {
      other.end();
    }
  });

  test('a cluster that cannot be reached is nothing to a preview, and an up says so', async () => {
    const other = await Trial.start(`${NAMESPACE}-none`);
    try {
      const kubeconfig = readFileSync(cluster.kubeconfig, 'utf8').replace(/(server: https:\/\/127\.0\.0\.1:)\d+/, '$19');
      other.settings = { ...other.settings, onlyNamespace: true, kubeconfig };
      expect(await other.plan()).toContain('create Namespace namespace');
      const { code, stdout } = await other.up();
      expect([code === 0, stdout]).toEqual([false, expect.stringContaining('configured Kubernetes cluster is unreachable')]);
    } finally {
      other.end();
    }
  });

  test('a field that somebody else owns is told with his name', async () => {
    const settings = `/api/v1/namespaces/${NAMESPACE}/services/server`;
    await merge(settings, { spec: { ports: [{ port: 443, targetPort: 9090 }] } }, { fieldManager: 'somebody' });
    const { code, stdout } = await trial.up('--refresh');
    expect([code === 0, stdout]).toEqual([false, expect.stringContaining('conflict with "somebody"')]);
    await remove(settings);
    await succeed(trial.up('--refresh'));
  });
});
