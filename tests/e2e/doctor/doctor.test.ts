/** The doctor before a real API server, registry and Docker daemon. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { kubectlOf } from '../../../local/kubectl.ts';
import { cluster } from '../harness/cluster.ts';

const MAIN = join(import.meta.dirname, '../../../doctor/main.ts');
const kubectl = kubectlOf(cluster);
const ACCOUNT = ['serviceaccount', 'doctor-e2e', '--namespace', 'default'] as const;

let folder: string;
/** A kubeconfig of somebody who may do nothing. */
let nobody: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orcon-doctor-'));
  nobody = join(folder, 'kubeconfig');
  await kubectl('create', ...ACCOUNT);
  const token = await kubectl('create', 'token', 'doctor-e2e', '--namespace', 'default');
  const config = new KubeConfig();
  config.loadFromString(readFileSync(cluster.environment.KUBECONFIG ?? '', 'utf8'));
  const user = config.getCurrentUser();
  if (user === null) throw new Error('the kubeconfig of the cluster has no user');
  writeFileSync(nobody, config.exportConfig());
  await kubectl('--kubeconfig', nobody, 'config', 'unset', `users.${user.name}`);
  await kubectl('--kubeconfig', nobody, 'config', 'set-credentials', user.name, '--token', token);
});
afterAll(async () => {
  await kubectl('delete', ...ACCOUNT);
  rmSync(folder, { recursive: true });
});

const doctor = (environment: NodeJS.ProcessEnv): Promise<{ readonly code: number; readonly lines: readonly string[] }> =>
  new Promise((resolve) => {
    const env = { ...process.env, ...cluster.environment, NODE_OPTIONS: '', ...environment };
    const child = execFile(process.execPath, [MAIN, '--stack', 'dev'], { env }, (_error, out) =>
      resolve({ code: child.exitCode ?? -1, lines: out.trim().split('\n') }),
    );
  });

describe('npm run doctor -- --stack dev', () => {
  test('finds the embedded cluster fit', async () => {
    const { code, lines } = await doctor({});
    expect(lines).toEqual([
      'ok    configuration: Pulumi.dev.yaml is fine',
      expect.stringMatching(/^ok {4}docker: .* answers$/),
      'ok    registry: 127.0.0.1:5505 answers',
      expect.stringMatching(/^ok {4}context: orcon-embedded, https:/),
      expect.stringMatching(/^ok {4}cluster: Kubernetes v1\./),
      expect.stringMatching(/^ok {4}clock: \d+ s from/),
      expect.stringMatching(/^ok {4}kinds: \d+ /),
      expect.stringMatching(/^ok {4}rights: you have all \d+ that up takes$/),
      expect.stringMatching(/^ok {4}names: \d+ /),
      expect.stringMatching(/^ok {4}nodes: 1, all amd64$/),
      'ok    api server: pods reach it at 6550, where NetworkPolicies let the controller',
      'dev is fit for pulumi up',
    ]);
    expect(code).toBe(0);
  });

  test('tells who may do nothing which rights are missing', async () => {
    const { code, lines } = await doctor({ KUBECONFIG: nobody });
    expect(lines).toContain('WRONG rights: you may not create, get, list, watch, patch, delete secrets in orcon-system');
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^WRONG rights: you may not create, get, list, watch, patch, delete mutatingwebhookconfigurations\.admissionreg\S+ in the cluster$/,
      ),
    );
    expect(lines).toContainEqual(expect.stringMatching(/, which ClusterRole tengu-controllers gives to orcon: /));
    expect(lines).toContain('-     nodes: you may not see of which architecture they are; the images are for linux/amd64');
    expect(lines).toContainEqual(expect.stringMatching(/^- {5}api server: you may not see at which port/));
    expect(code).toBe(1);
  });
});
