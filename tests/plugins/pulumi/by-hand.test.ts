/** That a shell with what `cluster:up` prints sees what Pulumi sees in this checkout's own commands. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { shellLines } from '../../../local/by-hand.ts';
import { openStack, pulumiOn } from '../../../local/deploy.ts';
import { VERSIONS } from '../../../local/plugins/versions.ts';

let folder: string;
const before = { ...process.env };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "orcon's hand-"));
  // Plugins that are there, so that none is looked for.
  for (const [name, version] of Object.entries(VERSIONS)) {
    const plugin = join(folder, 'user', 'plugins', `resource-${name}-v${version}`);
    mkdirSync(plugin, { recursive: true });
    writeFileSync(join(plugin, `pulumi-resource-${name}`), '');
  }
  Object.assign(process.env, { ORCON_CACHE: join(folder, 'cache'), PULUMI_HOME: join(folder, 'user') });
  process.env.PULUMI_CONFIG_PASSPHRASE = 'of a stack of the user';
});
afterEach(() => {
  for (const name of ['ORCON_CACHE', 'PULUMI_HOME', 'PULUMI_CONFIG_PASSPHRASE']) {
    const value = before[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  rmSync(folder, { recursive: true });
});

/** A cluster whose programs say which they are and what they see. */
function cluster() {
  const program = (name: string): string => {
    const path = join(folder, 'bin', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '#!/bin/sh\nprintf "%s\\n" "$0"; command -v node; env\n');
    chmodSync(path, 0o755);
    return path;
  };
  const binaries = {
    kubectl: program('kubectl'),
    docker: program('docker'),
    pulumi: program('pulumi'),
    'pulumi-language-nodejs': program('pulumi-language-nodejs'),
    ctr: program('ctr'),
  };
  const environment = {
    KUBECONFIG: join(folder, 'kubeconfig'),
    DOCKER_HOST: 'unix:///x',
    PATH: [join(folder, 'bin'), process.env.PATH].join(delimiter),
  };
  return { folder, binaries, environment };
}

test('the lines for a shell make what local/deploy.ts runs Pulumi with', async () => {
  const embedded = cluster();
  const pulumi = await openStack(embedded, () => {});
  const own = (await pulumi.run(['whoami'])).stdout;
  const script = [...shellLines(embedded, await pulumiOn(embedded, () => {})), 'exec pulumi whoami'].join('\n');
  const byHand = execFileSync('/bin/sh', ['-c', script], { env: { PATH: '/usr/bin:/bin' }, encoding: 'utf8' });

  // Which CLI and which Node, then each variable.
  expect(byHand.split('\n').slice(0, 2)).toEqual(own.split('\n').slice(0, 2));
  expect(own.split('\n')[1]).toBe(process.execPath);
  const { PATH: _, ...variables } = { ...embedded.environment, ...pulumi.variables };
  const seen = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  expect(seen.map((line) => line.split('=', 1)[0])).toEqual(
    expect.arrayContaining(['KUBECONFIG', 'DOCKER_HOST', 'PULUMI_HOME', 'PULUMI_BACKEND_URL', 'PULUMI_CONFIG_PASSPHRASE']),
  );
  expect(own.split('\n')).toEqual(expect.arrayContaining(seen));
  expect(byHand.split('\n')).toEqual(expect.arrayContaining(seen));
  expect(seen).toContain('PULUMI_CONFIG_PASSPHRASE=orcon-embedded');
});
