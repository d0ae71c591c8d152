import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { kubeconfig } from '../../controller/program.ts';
import { AfterDestroy } from './after-destroy.ts';

const PROGRAM = join(import.meta.dirname, '../../../local/uninstall.ts');
const run = promisify(execFile);

let after: AfterDestroy;
beforeEach(async () => {
  after = await AfterDestroy.of((stage) => stage.consumer('web'));
});
afterEach(() => after.close());

/** Runs the command as npm does, without a terminal; gives its exit code and all that it printed. */
async function uninstall(...args: readonly string[]): Promise<readonly [number, string]> {
  const env = { ...process.env, KUBECONFIG: kubeconfig(after.stage.api.url) };
  const ended = run(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM, ...args], { env });
  return ended.then(
    ({ stdout, stderr }) => [0, stdout + stderr] as const,
    (failed: { code: number; stdout: string; stderr: string }) => [failed.code, failed.stdout + failed.stderr] as const,
  );
}

describe('uninstall', () => {
  test('names the cluster before anything else, and check changes nothing', async () => {
    const since = after.stage.now;
    const [code, said] = await uninstall('check');
    expect(code).toBe(0);
    expect(said).toMatch(/^orcon: context fake, http:\/\/127\.0\.0\.1:\d+\nworkloads that bear its stamp/);
    expect(after.stage.writes(since)).toEqual([]);
  });

  test('clean does nothing where nobody can be asked, and says how to agree beforehand', async () => {
    const since = after.stage.now;
    const [code, said] = await uninstall('clean');
    expect([code, said]).toEqual([1, expect.stringContaining('say --yes. Nothing was changed')]);
    expect(after.stage.writes(since)).toEqual([]);
  });

  test('clean --yes leaves nothing', async () => {
    after.rollsAtOnce('web');
    expect(await uninstall('clean', '--yes')).toEqual([0, expect.stringMatching(/orcon: done\n$/)]);
    expect(await uninstall('check')).toEqual([0, expect.stringContaining('nothing of orcon is left')]);
  });

  test('clean refuses while the webhook would stamp again', async () => {
    const labels = { 'app.kubernetes.io/part-of': 'orcon' };
    const configurations = 'mutatingwebhookconfigurations.admissionregistration.k8s.io';
    after.stage.api.store.create(configurations, undefined, { metadata: { name: 'hook', labels }, webhooks: [] });
    const since = after.stage.now;
    const [code, said] = await uninstall('clean', '--yes');
    expect([code, said]).toEqual([1, expect.stringContaining('run `pulumi destroy` first. Nothing was changed')]);
    expect(after.stage.writes(since)).toEqual([]);
  });

  test.each([
    [['check', '--context', 'other'], 'the kubeconfig has no such context, it has fake'],
    [['clean', '--namespace', 'a/b'], '--namespace a/b: is no name of a namespace'],
    [['check', '--force'], "Unknown option '--force'"],
    [['remove'], 'usage: npm run uninstall:check'],
  ])('%j is refused with the way out', async (args, said) => {
    expect(await uninstall(...args)).toEqual([1, expect.stringContaining(said)]);
  });

  test('says who is not allowed what', async () => {
    after.stage.api.faults.add({ verb: 'list', resource: 'configmaps' }, { answer: 403 });
    expect(await uninstall('check')).toEqual([1, expect.stringContaining('the account needs the verb list on configmaps')]);
  });
});
