import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readOptions } from '../../../local/uninstall/options.ts';
import { kubeconfig } from '../../controller/program.ts';
import { authorizer } from '../../fake-api/rbac.ts';
import { ADMIN_OF_SHOP } from './admin-of-shop.ts';
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

/** What comes first, before anything is looked at or changed. */
const CLUSTER = /^orcon: context fake, http:\/\/127\.0\.0\.1:\d+\nworkloads that bear its stamp/;
const YES = ['--yes', '--context', 'fake'];

describe('uninstall', () => {
  test('names the cluster before anything else, and check changes nothing', async () => {
    const since = after.stage.now;
    const [code, said] = await uninstall('check');
    expect(code).toBe(0);
    expect(said).toMatch(CLUSTER);
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
    const [code, said] = await uninstall('clean', ...YES);
    expect([code, said]).toEqual([0, expect.stringMatching(/orcon: done\n$/)]);
    expect(said).toMatch(CLUSTER);
    expect(await uninstall('check')).toEqual([0, expect.stringContaining('nothing of orcon is left')]);
  });

  test('clean refuses while the webhook would stamp again', async () => {
    const labels = { 'app.kubernetes.io/part-of': 'orcon' };
    const configurations = 'mutatingwebhookconfigurations.admissionregistration.k8s.io';
    after.stage.api.store.create(configurations, undefined, { metadata: { name: 'hook', labels }, webhooks: [] });
    const since = after.stage.now;
    const [code, said] = await uninstall('clean', ...YES);
    expect([code, said]).toEqual([1, expect.stringContaining('run `pulumi destroy` first. Nothing was changed')]);
    expect(after.stage.writes(since)).toEqual([]);
  });

  test('clean --namespace takes rights in that namespace alone, and says what is not seen with them', async () => {
    after.stage.api.authorize = authorizer(ADMIN_OF_SHOP);
    after.rollsAtOnce('web');
    const [code, said] = await uninstall('clean', ...YES, '--namespace', 'shop');
    expect([code, said]).toEqual([0, expect.stringMatching(/orcon: done\n$/)]);
    expect(said).toContain('you may not see whether an orcon still looks after these namespaces');
    expect(said).toContain('not looked at, because you may not:\n  in the cluster: MutatingWebhookConfiguration, ');
  });

  test('a context that is not there is refused with those that are', async () => {
    const said = expect.stringContaining('the kubeconfig has no such context, it has fake');
    expect(await uninstall('check', '--context', 'other')).toEqual([1, said]);
  });

  test.each([
    [['clean', '--namespace', 'a/b'], '--namespace a/b: is no name of a namespace'],
    [['clean', '--yes'], '--yes: say which cluster by --context'],
    [['check', '--force'], "Unknown option '--force'"],
    [['remove'], 'usage: npm run uninstall:check'],
  ])('%j is refused with the way out', (args, said) => {
    expect(() => readOptions(args)).toThrow(said);
  });

  test('says who is not allowed what', async () => {
    after.stage.api.faults.add({ verb: 'list', resource: 'configmaps' }, { answer: 403 });
    expect(await uninstall('check')).toEqual([1, expect.stringContaining('the account needs the verb list on configmaps')]);
  });
});
