import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** A package of npm of which a bundle has code. */
export interface BundledPackage {
  /** Its name everywhere: `pkg:npm/%40kubernetes/client-node@2.0.1` (https://github.com/package-url/purl-spec). */
  readonly purl: string;
  readonly name: string;
  readonly version: string;
  /** As its package.json has it; undefined where that says nothing. */
  readonly license: string | undefined;
  /** SHA-512 of its archive, hexadecimal, as the lockfile has it; undefined where no lockfile tells. */
  readonly sha512: string | undefined;
}

const manifestSchema = z.object({ name: z.string(), version: z.string(), license: z.string().optional().catch(undefined) });
const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), integrity: z.string().optional() })),
});
type Locked = z.infer<typeof lockSchema>['packages'];

/** Tells which package a file of a bundle belongs to; each is looked up once. */
export class BundledPackages {
  readonly #root: string;
  readonly #packages = new Map<string, BundledPackage>();
  readonly #locks = new Map<string, Locked>();

  /** Paths are relative to `root`. */
  constructor(root: string) {
    this.#root = root;
  }

  /** The package of a file; undefined for a file of our own. */
  of(path: string): BundledPackage | undefined {
    const [folder, project = '', place = ''] = /^(.*?)(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
    if (folder === undefined) return undefined;
    const found = this.#packages.get(folder) ?? this.#read(folder, this.#locked(project)[place]);
    this.#packages.set(folder, found);
    return found;
  }

  #read(folder: string, locked: Locked[string] | undefined): BundledPackage {
    const { name, version, license } = manifestSchema.parse(this.#json(join(folder, 'package.json')));
    // What is installed went into the bundle, whatever a lockfile that has moved on since says.
    const [algorithm, hash] = locked?.version === version ? (locked.integrity ?? '').split('-') : [];
    const sha512 = algorithm === 'sha512' && hash !== undefined ? Buffer.from(hash, 'base64').toString('hex') : undefined;
    return { purl: `pkg:npm/${name.replace('@', '%40')}@${version}`, name, version, license, sha512 };
  }

  /** What the lockfile beside a `node_modules` says of the packages in it. */
  #locked(project: string): Locked {
    const file = join(project, 'package-lock.json');
    const found =
      this.#locks.get(file) ?? (existsSync(join(this.#root, file)) ? lockSchema.parse(this.#json(file)).packages : {});
    this.#locks.set(file, found);
    return found;
  }

  #json(path: string): unknown {
    return JSON.parse(readFileSync(join(this.#root, path), 'utf8'));
  }
}
