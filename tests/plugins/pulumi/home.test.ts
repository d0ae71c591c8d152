import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type HomeOptions, prepareHome } from '../../../local/pulumi/home.ts';

let folder: string;
let pulumi: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orcon-home-'));
  pulumi = join(folder, 'pulumi');
  cli('exit 1');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A CLI that notes each call beside itself and then does what the script says. */
function cli(script: string): void {
  writeFileSync(pulumi, `#!/bin/sh\necho "$PULUMI_HOME $*" >> "$(dirname "$0")/calls"\n${script}\n`);
  chmodSync(pulumi, 0o755);
}
function calls(): readonly string[] {
  const file = join(folder, 'calls');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').sort() : [];
}
function options(more: Partial<HomeOptions> = {}): HomeOptions {
  const environment = { PATH: process.env.PATH, PULUMI_HOME: join(folder, 'user') };
  return { pulumi, cache: join(folder, 'cache'), checkout: '/checkout', environment, install, ...more };
}
/** Instead of a bundle, which takes seconds to make; serve.test.ts runs real ones. */
const install = async (plugin: string, name: string) => {
  rmSync(plugin, { recursive: true, force: true });
  mkdirSync(plugin, { recursive: true });
  writeFileSync(join(plugin, `pulumi-resource-${name}`), `stand-in for ${name}`);
};
function official(name: string, version: string, home = 'user'): void {
  const plugin = join(folder, home, 'plugins', `resource-${name}-v${version}`);
  mkdirSync(plugin, { recursive: true });
  writeFileSync(join(plugin, `pulumi-resource-${name}`), `official ${name}`);
}
const binary = (home: string, name: string, version: string) =>
  readFileSync(join(home, 'plugins', `resource-${name}-v${version}`, `pulumi-resource-${name}`), 'utf8');

describe('where no official plugin can be had', () => {
  test('stand-ins are installed, and one line says so', async () => {
    const home = await prepareHome(options({ now: new Date('2030-01-02T03:04:05Z') }));
    expect(home.standIns).toEqual(['kubernetes', 'tls', 'docker']);
    expect(binary(home.folder, 'tls', '5.6.1')).toBe('stand-in for tls');
    expect(home.summary).toMatch(/^stand-ins for .* kubernetes 4\.34\.2, tls 5\.6\.1, docker 5\.2\.0: .* 2030-01-02/);
    expect(home.summary).not.toContain('\n');
  });

  test('the user’s own PULUMI_HOME is left alone', async () => {
    mkdirSync(join(folder, 'user'));
    await prepareHome(options());
    expect(existsSync(join(folder, 'user', 'plugins'))).toBe(false);
    expect(calls().every((call) => call.startsWith(join(folder, 'cache')))).toBe(true);
  });

  test('the failed download is remembered for a day', async () => {
    const at = (time: string) => prepareHome(options({ now: new Date(time) }));
    await at('2030-01-02T12:00:00Z');
    expect(calls().map((call) => call.split(' ').slice(1).join(' '))).toEqual([
      'plugin install resource docker 5.2.0',
      'plugin install resource kubernetes 4.34.2',
      'plugin install resource tls 5.6.1',
    ]);
    await at('2030-01-03T11:59:00Z');
    expect(calls()).toHaveLength(3);
    await at('2030-01-03T12:00:00Z');
    expect(calls()).toHaveLength(6);
  });

  test('a download that hangs is given up in time', async () => {
    cli('exec sleep 1000');
    const home = await prepareHome(options({ patience: 50 }));
    expect(home.standIns).toHaveLength(3);
  });

  test('each checkout has a home of its own', async () => {
    const [one, other] = [await prepareHome(options()), await prepareHome(options({ checkout: '/other' }))];
    expect(one.folder).not.toBe(other.folder);
  });
});

describe('official plugins', () => {
  test('of exactly the right version are linked in from the user’s PULUMI_HOME', async () => {
    official('tls', '5.6.1');
    official('docker', '5.1.0');
    const home = await prepareHome(options());
    expect(home.standIns).toEqual(['kubernetes', 'docker']);
    expect(binary(home.folder, 'tls', '5.6.1')).toBe('official tls');
    // Pulumi's engine passes over plugin folders that are links.
    expect(statSync(join(home.folder, 'plugins/resource-tls-v5.6.1')).isDirectory()).toBe(true);
    expect(calls().some((call) => call.includes(' tls '))).toBe(false);
  });

  test('that are there only in part do not count', async () => {
    official('tls', '5.6.1');
    writeFileSync(join(folder, 'user/plugins/resource-tls-v5.6.1.partial'), '');
    expect((await prepareHome(options())).standIns).toContain('tls');
  });

  test('are downloaded where that is possible, once', async () => {
    cli('d="$PULUMI_HOME/plugins/resource-$4-v$5"; mkdir -p "$d"; printf %s downloaded > "$d/pulumi-resource-$4"');
    const home = await prepareHome(options());
    expect(home.standIns).toEqual([]);
    expect(home.summary).toContain("Pulumi's own provider plugins: kubernetes 4.34.2");
    expect(binary(home.folder, 'kubernetes', '4.34.2')).toBe('downloaded');
    await prepareHome(options());
    expect(calls()).toHaveLength(3);
  });

  test('take the place of stand-ins as soon as they are there, and give it back', async () => {
    await prepareHome(options());
    official('tls', '5.6.1');
    const home = await prepareHome(options());
    expect(binary(home.folder, 'tls', '5.6.1')).toBe('official tls');
    rmSync(join(folder, 'user'), { recursive: true });
    expect((await prepareHome(options())).standIns).toContain('tls');
    expect(binary(home.folder, 'tls', '5.6.1')).toBe('stand-in for tls');
  });
});

test('a home of ours in the environment is not taken for the user’s', async () => {
  const first = await prepareHome(options());
  const environment = { PATH: process.env.PATH, HOME: folder, PULUMI_HOME: first.folder };
  const again = await prepareHome(options({ environment }));
  expect(again.standIns).toEqual(first.standIns);
  expect(binary(again.folder, 'tls', '5.6.1')).toBe('stand-in for tls');
});
