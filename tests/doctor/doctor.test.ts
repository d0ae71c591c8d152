import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { StandIn } from './stand-in.ts';

jest.setTimeout(120_000);

const MAIN = join(import.meta.dirname, '../../doctor/main.ts');

let cluster: StandIn;
let folder: string;
beforeEach(async () => {
  cluster = await StandIn.start();
  folder = mkdtempSync(join(tmpdir(), 'orcon-doctor-'));
});
afterEach(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true });
});

/** Runs the doctor as `npm run doctor` does, with a kubeconfig whose only context has this name. */
async function doctor(context: string, ...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const kubeconfig = join(folder, 'kubeconfig');
  const server = { name: 'c', cluster: { server: `http://${cluster.host}`, 'insecure-skip-tls-verify': true } };
  const contexts = [{ name: context, context: { cluster: 'c', user: 'u' } }];
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [server],
      users: [{ name: 'u', user: {} }],
      contexts,
      'current-context': context,
    }),
  );
  const env = { ...process.env, NODE_OPTIONS: '', KUBECONFIG: kubeconfig, DOCKER_HOST: `tcp://${cluster.host}` };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], { env }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

describe('npm run doctor', () => {
  test('tells in a line each what is fine, and ends with 0', async () => {
    const { code, out } = await doctor('orcon-embedded', '--stack', 'dev', '--preview');
    expect(out.trim().split('\n')).toEqual([
      'ok    configuration: Pulumi.dev.yaml is fine',
      `ok    docker: tcp://${cluster.host} answers`,
      `ok    context: orcon-embedded, http://${cluster.host}`,
      'ok    cluster: Kubernetes v1.34.4',
      expect.stringMatching(/^ok {4}clock: /),
      expect.stringMatching(/^ok {4}kinds: /),
      expect.stringMatching(/^ok {4}rights: .* that preview takes/),
      'dev is fit for pulumi preview',
    ]);
    expect(code).toBe(0);
  });

  test('ends with 1 where something is wrong, and asks no cluster but the one that the stack is for', async () => {
    const { code, out } = await doctor('another', '--stack', 'dev', '--preview');
    expect(out).toContain('WRONG context: there is no context "orcon-embedded" (the kubeconfig has another)');
    expect(out).toContain('dev: 1 to be mended first');
    expect(code).toBe(1);
    expect(cluster.asked).toEqual([]);
  });

  test('knows the stacks', async () => {
    const { code, err } = await doctor('another', '--stack', 'nowhere');
    expect(err).toMatch(/there is no Pulumi.nowhere.yaml\nusage: .*there are .*dev/);
    expect(code).toBe(2);
  });
});
