import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from './ask.ts';
import { find } from './find-program.ts';
import { run } from './run.ts';

const POLICY = '/usr/sbin/policy-rc.d';
const OUR_POLICY = '#!/bin/sh\n# Put here by orcon for the time of one installation: no service is started by it.\nexit 101\n';
const APT_ENVIRONMENT = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };

/**
 * Installs Debian packages without starting the services that they bring, now or at the next boot: the cluster starts
 * its own, and a machine's owner asked for none. Nothing that is installed is removed for it.
 *
 * @throws LoggedFailure with apt's own words.
 */
export async function install(packages: readonly string[], cache: string): Promise<void> {
  const log = join(cache, 'logs', 'packages.log');
  const apt = (...args: string[]) => run({ program: 'apt-get', args, environment: APT_ENVIRONMENT, log });
  const before = await services();
  await withoutServiceStart(async () => {
    const wanted = ['install', '--yes', '--no-install-recommends', '--no-remove', ...packages];
    try {
      await apt(...wanted);
    } catch {
      // Lists of packages may be missing altogether or name versions that the mirror has no more.
      await apt('update');
      await apt(...wanted);
    }
  });
  const brought = (await services()).filter((unit) => !before.includes(unit));
  const systemctl = find('systemctl');
  if (systemctl && brought.length > 0) await ask(systemctl, ['disable', ...brought]);
}

/** Units that start at boot, where systemd manages them. */
async function services(): Promise<string[]> {
  const systemctl = find('systemctl');
  if (!systemctl) return [];
  const units = await ask(systemctl, [
    'list-unit-files',
    '--state=enabled',
    '--no-legend',
    '--no-pager',
    '--type=service,socket',
  ]);
  return (units ?? '').split('\n').flatMap((line) => line.trim().split(/\s+/)[0] || []);
}

/** Puts a policy in place that forbids package scripts to start services, and the machine's own back afterwards. */
async function withoutServiceStart(work: () => Promise<void>): Promise<void> {
  const aside = `${POLICY}.before-orcon`;
  const isOurs = existsSync(POLICY) && readFileSync(POLICY, 'utf8') === OUR_POLICY; // left by a killed installation
  if (existsSync(POLICY) && !isOurs) renameSync(POLICY, aside);
  writeFileSync(POLICY, OUR_POLICY);
  chmodSync(POLICY, 0o755);
  try {
    await work();
  } finally {
    rmSync(POLICY, { force: true });
    if (existsSync(aside)) renameSync(aside, POLICY);
  }
}

/**
 * Takes a package's files into the cache without installing it: busybox-static would put a machine's busybox out.
 *
 * @returns the folder that the package's files are in, as if it were `/`.
 */
export async function unpack(name: string, cache: string): Promise<string> {
  const folder = join(cache, 'packages', name);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  const log = join(cache, 'logs', `package-${name}.log`);
  const download = () =>
    run({
      program: 'apt-get',
      // apt's own user need not be able to write here.
      args: ['download', '-o', 'APT::Sandbox::User=root', name],
      folder: unfinished,
      environment: APT_ENVIRONMENT,
      log,
    });
  try {
    try {
      await download();
    } catch {
      await run({ program: 'apt-get', args: ['update'], environment: APT_ENVIRONMENT, log });
      await download();
    }
    const archive = readdirSync(unfinished).find((file) => file.endsWith('.deb'));
    if (!archive) throw new Error(`apt-get download ${name}: no .deb file came (its log is ${log})`);
    await run({ program: 'dpkg-deb', args: ['--extract', archive, 'files'], folder: unfinished, log });
    renameSync(join(unfinished, 'files'), folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}
