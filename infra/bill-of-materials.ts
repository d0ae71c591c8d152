import { createHash } from 'node:crypto';
import type { Metafile } from 'esbuild';
import { type BundledPackage, BundledPackages } from './bundled-package.ts';

export interface BundledApp {
  readonly app: string;
  readonly version: string;
  /** The bundle itself. */
  readonly program: Uint8Array;
  /** What esbuild tells of it; paths are relative to `root`. */
  readonly metafile: Metafile;
  readonly root: string;
}

/**
 * What an app's bundle consists of, as a CycloneDX 1.6 document (https://cyclonedx.org/docs/1.6/json): the npm packages of which
 * code went in, as esbuild tells, and which of them uses which. It is the same for the same bundle: it has no serial number and
 * no date, both of which are optional.
 */
export function billOfMaterials({ app, version, program, metafile, root }: BundledApp): string {
  const installed = new BundledPackages(root);
  const packages = new Map<string, BundledPackage>();
  for (const path of Object.values(metafile.outputs).flatMap(({ inputs }) => partsOf(inputs))) {
    const found = installed.of(path);
    if (found !== undefined) packages.set(found.purl, found);
  }
  const self = `orcon/${app}`;
  /** The part of the bill that a file belongs to; undefined where nothing is left of its package. */
  const refOf = (path: string): string | undefined => {
    const { purl } = installed.of(path) ?? {};
    return purl === undefined || packages.has(purl) ? (purl ?? self) : undefined;
  };
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: {
        type: 'application',
        'bom-ref': self,
        group: 'orcon',
        name: app,
        version,
        hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(program).digest('hex') }],
        licenses: [{ license: { id: 'Apache-2.0' } }],
      },
    },
    components: [...packages.values()].sort(byPurl).map(component),
    dependencies: dependencies(metafile, refOf, [self, ...[...packages.keys()].sort()]),
  };
  return `${JSON.stringify(bill, undefined, 2)}\n`;
}

/** Files of which something is left in an output after what is not used was taken out. */
const partsOf = (inputs: Metafile['outputs'][string]['inputs']): string[] =>
  Object.entries(inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path);

const byPurl = (a: BundledPackage, b: BundledPackage): number => (a.purl < b.purl ? -1 : 1);

function component({ purl, name, version, license, sha512 }: BundledPackage) {
  const [group, bare] = name.startsWith('@') ? name.split('/') : [undefined, name];
  return {
    type: 'library',
    'bom-ref': purl,
    ...(group !== undefined && { group }),
    name: bare,
    version,
    // Of the package as it was downloaded, from the lockfile.
    ...(sha512 !== undefined && { hashes: [{ alg: 'SHA-512', content: sha512 }] }),
    ...(license !== undefined && { licenses: [licenseChoice(license)] }),
    purl,
  };
}

/** An SPDX identifier, an SPDX expression, or what else a package may say: `SEE LICENSE IN …`. */
function licenseChoice(license: string) {
  if (/^[\w.+-]+$/.test(license)) return { license: { id: license } };
  return /^\(.+\)$| (AND|OR|WITH) /.test(license) ? { expression: license } : { license: { name: license } };
}

/** Who imports from whom, of the parts of the bill. */
function dependencies(metafile: Metafile, refOf: (path: string) => string | undefined, refs: readonly string[]) {
  const uses = new Map(refs.map((ref) => [ref, new Set<string>()]));
  for (const [path, { imports }] of Object.entries(metafile.inputs)) {
    const from = refOf(path);
    for (const imported of imports) {
      const to = imported.external ? undefined : refOf(imported.path);
      if (from !== undefined && to !== undefined && from !== to) uses.get(from)?.add(to);
    }
  }
  return [...uses].map(([ref, used]) => ({ ref, dependsOn: [...used].sort() }));
}
