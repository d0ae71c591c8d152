/** What a user of the CLI is told of a configuration that cannot be used. No resource is reached, and no plugin. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { stringify } from 'yaml';
import { createPulumi, type Pulumi } from '../../../local/pulumi/pulumi.ts';
import { copySources } from '../../checkout.ts';
import { cluster } from '../harness/cluster.ts';

// A few runs of Pulumi, on a machine that is doing much else.
jest.setTimeout(5 * 60_000);

const STACK = ['--stack', 'trial'];
const SECRET = 'hunter2-hunter2';

let folder: string;
let pulumi: Pulumi;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orcon-configuration-'));
  copySources(folder);
  const config = {
    'orcon:registry': 'registry.example',
    'orcon:hold': 'gently',
    'orcon:maxRolls': 'many',
    'orcon:replicas': 'two',
    'orcon:initContainers': [{ name: 'own', image: 'example/own:1', env: [{ name: 'TOKEN', value: '' }] }],
  };
  writeFileSync(join(folder, 'Pulumi.trial.yaml'), stringify({ config }));
  pulumi = await createPulumi({ programs: cluster.binaries, stateFolder: join(folder, 'state'), log: () => {} });
  await run('stack', 'init', 'trial');
  await run('config', 'set', ...STACK, '--path', '--secret', 'orcon:initContainers[0].env[0].value', SECRET);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Everything that a run printed. */
async function run(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await pulumi.run(args, { cwd: folder });
  return stdout + stderr;
}

test('the CLI checks types itself, before the program runs, and names one key at a time: docs/configuration.md says so', async () => {
  const said = await run('preview', ...STACK);
  expect(said).toContain("Stack 'trial' with configuration key 'orcon:maxRolls' must be of type 'integer'");
  expect(said).not.toMatch(/orcon:(replicas|hold)|orcon: the configuration cannot be used/);
});

test('without that check the program tells of all faults at once, types included, and of no secret', async () => {
  const said = await run('preview', ...STACK, '--skip-config-validation');
  // Said as it happens, cut to its first line, and then in full.
  const list = said.split('orcon: the configuration cannot be used.\n').at(-1);
  expect(list?.split('\n').slice(0, 4)).toEqual([
    expect.stringMatching(/^ +orcon:hold is "gently": expected container or kubelet; for example .* in Pulumi\.trial\.yaml$/),
    expect.stringMatching(/^ +orcon:initContainers is encrypted, .*: set it without --secret in Pulumi\.trial\.yaml; /),
    expect.stringMatching(/^ +orcon:maxRolls is "many": expected a whole number from 1 to 1000; for example /),
    expect.stringMatching(/^ +orcon:replicas is "two": expected a whole number from 1 to 20; for example /),
  ]);
  expect(said).not.toContain(SECRET);
});
