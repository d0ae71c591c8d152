import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { copySources } from '../checkout.ts';
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
function doctor(context: string, ...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  return doctorAt(MAIN, context, ...args);
}
async function doctorAt(main: string, context: string, ...args: readonly string[]): ReturnType<typeof doctor> {
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
    const child = execFile(process.execPath, [main, ...args], { env }, (_error, out, err) =>
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

  test('names a file that is no YAML as the CLI takes it, and does not take the call for wrong', async () => {
    const checkout = join(folder, 'checkout');
    copySources(checkout);
    for (const path of ['doctor', 'local'])
      cpSync(join(import.meta.dirname, '../..', path), join(checkout, path), { recursive: true });
    writeFileSync(join(checkout, 'Pulumi.twice.yaml'), 'config:\n  orcon:replicas: 1\n  orcon:replicas: 2\n');
    const { code, out, err } = await doctorAt(join(checkout, 'doctor/main.ts'), 'another', '--stack', 'twice');
    expect(out).toMatch(/^WRONG configuration: Pulumi\.twice\.yaml: Map keys must be unique at line 3, column 3/);
    expect(err).not.toContain('usage');
    expect(code).toBe(1);
  });

  test('tells how it is called, for who asks', async () => {
    const { code, out, err } = await doctor('another', '--help');
    expect(out).toMatch(/^usage: npm run doctor -- \[--stack STACK\] .*there are .*dev/);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  test('knows the stacks', async () => {
    const { code, err } = await doctor('another', '--stack', 'nowhere');
    expect(err).toMatch(/there is no Pulumi.nowhere.yaml\nusage: .*there are .*dev/);
    expect(code).toBe(2);
  });
});
