// Completes package-lock.json after a change of dependencies (`npm install`, then `npm run lock`).
//
// Where packages of foreign platforms cannot be had, npm leaves them out of the lockfile, and `npm ci` then refuses it
// everywhere. Each optional dependency that a locked package names and that has no entry is given one: its exact
// version, and the platform that its name tells (`@esbuild/linux-arm64`), so that npm knows where not to install it.
import { readFileSync, writeFileSync } from 'node:fs';

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];
const LIBRARIES = new Map([
  ['gnu', 'glibc'],
  ['musl', 'musl'],
  ['gnueabihf', 'glibc'],
  ['musleabihf', 'musl'],
  ['gnux32', 'glibc'],
]);
const NAMED_OTHERWISE = new Map([['fsevents', ['darwin']]]);

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));

/** Whether `name`, required from the package at `from`, has an entry, looked for as Node does: nearest node_modules first. */
function isLocked(from, name) {
  const parts = from.split('/node_modules/');
  for (let depth = parts.length; depth > 0; depth--) {
    if (`${parts.slice(0, depth).join('/node_modules/')}/node_modules/${name}` in lock.packages) return true;
  }
  return `node_modules/${name}` in lock.packages;
}

const added = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(path, name)) continue;
    const words = name.split(/[/@-]/);
    const made = { version: range.replace(/^[^\d]*/, ''), optional: true };
    if (entry.dev || entry.devOptional) made.dev = true;
    const os = NAMED_OTHERWISE.get(name) ?? SYSTEMS.filter((system) => words.includes(system));
    const cpu = PROCESSORS.filter((processor) => words.includes(processor));
    const libc = words.flatMap((word) => LIBRARIES.get(word) ?? []);
    if (os.length + cpu.length === 0)
      throw new Error(
        `${name}, an optional dependency of ${path}: its name tells no platform; add it to local/complete-lock.mjs`,
      );
    if (os.length > 0) made.os = os;
    if (cpu.length > 0) made.cpu = cpu;
    if (libc.length > 0) made.libc = libc;
    lock.packages[`node_modules/${name}`] = made;
    added.push(`${name}@${made.version}`);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
console.log(added.length === 0 ? 'package-lock.json is complete' : `added to package-lock.json: ${added.join(', ')}`);
