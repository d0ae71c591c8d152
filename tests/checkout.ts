/** Another checkout: what orcon is built and deployed from, in a folder of its own. */
import { chmodSync, cpSync, mkdirSync, readdirSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

const CHECKOUT = join(import.meta.dirname, '..');
/** What the Pulumi program is made of and builds images from. */
const SOURCES = [
  'Pulumi.yaml',
  'Pulumi.dev.yaml',
  'package.json',
  'main.js',
  'index.ts',
  'infra',
  'relations',
  'process',
  'webhook',
  'controller',
  'gate',
];

/** Copies the sources into a folder, which is made; the packages are this checkout's. */
export function copySources(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const path of SOURCES) cpSync(join(CHECKOUT, path), join(folder, path), { recursive: true });
  symlinkSync(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
}

/** Gives all files another date, and nobody but their owner rights to them. */
export function touchAll(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    chmodSync(path, 0o700);
    utimesSync(path, 1, 1);
  }
}
