import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.ts';

const KUBERNETES = '1.34.4';
const PULUMI = '3.259.0';

/** A program that is built from a Go module in `local/tools`. */
export interface GoProgram {
  /** The module's folder below `local/tools`. */
  readonly module: string;
  /** The file that comes out. */
  readonly file: string;
  /** The package to build, where it is not the module's own. */
  readonly package: string;
  readonly linkerFlags: string;
  /** What it is called, and the version that its go.mod names ('' for our own). */
  readonly title: string;
  readonly version: string;
}

const STRIPPED = '-s -w';
const versioned = (path: string, version: string) => `-X ${path}=${version}`;

/** The programs by the name of what they are needed for. */
export const GO_PROGRAMS = {
  pause: { module: 'pause', file: 'pause', package: '.', linkerFlags: STRIPPED, title: 'pause', version: '' },
  'own-root': { module: 'own-root', file: 'own-root', package: '.', linkerFlags: STRIPPED, title: 'own-root', version: '' },
  etcd: { module: 'etcd', file: 'etcd', package: '.', linkerFlags: STRIPPED, title: 'etcd', version: '3.6.5' },
  coredns: { module: 'coredns', file: 'coredns', package: '.', linkerFlags: STRIPPED, title: 'CoreDNS', version: '1.12.4' },
  kube: {
    module: 'kube',
    file: 'kube',
    package: '.',
    // Without these Kubernetes calls itself v0.0.0, and clients judge what it can do by its version.
    linkerFlags: [
      STRIPPED,
      versioned('k8s.io/component-base/version.gitVersion', `v${KUBERNETES}`),
      versioned('k8s.io/component-base/version.gitMajor', '1'),
      versioned('k8s.io/component-base/version.gitMinor', '34'),
    ].join(' '),
    title: 'Kubernetes',
    version: KUBERNETES,
  },
  pulumi: {
    module: 'pulumi',
    file: 'pulumi',
    package: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
    linkerFlags: `${STRIPPED} ${versioned('github.com/pulumi/pulumi/sdk/v3/go/common/version.Version', `v${PULUMI}`)}`,
    title: 'the Pulumi CLI',
    version: PULUMI,
  },
  'pulumi-language-nodejs': {
    module: 'language-nodejs',
    file: 'pulumi-language-nodejs',
    package: 'github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs',
    linkerFlags: STRIPPED,
    title: "Pulumi's Node.js language host",
    version: '3.60.0',
  },
  actionlint: {
    module: 'actionlint',
    file: 'actionlint',
    package: 'github.com/rhysd/actionlint/cmd/actionlint',
    linkerFlags: STRIPPED,
    title: 'actionlint',
    version: '1.7.12',
  },
} as const satisfies Record<string, GoProgram>;

export type GoProgramName = keyof typeof GO_PROGRAMS;

/** A program's name and version, for a reader. */
export function titleOf({ title, version }: GoProgram): string {
  return version === '' ? title : `${title} ${version}`;
}

/** The folder of the cache where a program of exactly this source, Go and flags lies. */
function folderOf(program: GoProgram, source: string, goVersion: string): string {
  const key = createHash('sha256').update(JSON.stringify([goVersion, buildArguments(program)]));
  for (const name of readdirSync(source).sort()) {
    if (/^go\.(mod|sum)$|\.go$/.test(name)) key.update(`\0${name}\0`).update(readFileSync(join(source, name)));
  }
  return `${program.file}-${key.digest('hex').slice(0, 16)}`;
}

/** Arguments of `go` but the place of the result. Version control is left out: it would tie the result to a checkout. */
export function buildArguments(program: GoProgram): string[] {
  return ['build', '-buildvcs=false', '-trimpath', '-ldflags', program.linkerFlags, program.package];
}

/** A program that is in the cache, or has to be built to get there. */
export interface GoBuild {
  readonly program: GoProgram;
  readonly source: string;
  readonly path: string;
  readonly isBuilt: boolean;
}

/**
 * Looks a program up in the cache, where its name holds a hash of go.mod, go.sum, sources, flags and Go's version.
 *
 * @param goVersion what `go env GOVERSION` says; '' where there is no Go, then nothing is found.
 */
export function lookUp(program: GoProgram, checkout: string, cache: string, goVersion: string): GoBuild {
  const source = join(checkout, 'local', 'tools', program.module);
  const path = join(cache, 'programs', folderOf(program, source, goVersion), program.file);
  return { program, source, path, isBuilt: existsSync(path) };
}

/** Builds a program into the cache. An interrupted build leaves nothing behind that would be taken for a whole one. */
export async function build({ program, source, path }: GoBuild, go: string, cache: string): Promise<void> {
  const folder = join(path, '..');
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    const [verb = 'build', ...args] = buildArguments(program);
    await run({
      program: go,
      args: [verb, '-o', join(unfinished, program.file), ...args],
      folder: source,
      // A static program runs on any Debian and, as pause does, in an image that holds nothing else.
      environment: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' },
      log: join(cache, 'logs', `build-${program.file}.log`),
    });
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
