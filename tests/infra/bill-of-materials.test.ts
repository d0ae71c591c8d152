import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import Ajv from 'ajv';
import { z } from 'zod';
import type { Files } from '../../infra/archive.ts';
import { type App, bundle } from '../../infra/bundle.ts';

const ROOT = join(import.meta.dirname, '../..');
const LIBRARY = dirname(createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json'));

const billSchema = z.object({
  metadata: z.object({ component: z.object({ 'bom-ref': z.string(), version: z.string() }) }),
  components: z.array(
    z.object({
      purl: z.string(),
      hashes: z.array(z.object({ content: z.string() })).optional(),
      licenses: z.unknown().optional(),
    }),
  ),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

/** CycloneDX's own schema, as its library for JavaScript ships it. */
function validator() {
  const schema = (name: string) => JSON.parse(readFileSync(join(LIBRARY, `res/schema/${name}.SNAPSHOT.schema.json`), 'utf8'));
  // Formats are those of addresses and dates: the bills have none.
  const ajv = new Ajv.default({ strict: false, validateFormats: false, allErrors: true });
  for (const name of ['spdx', 'jsf-0.82'])
    ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  return ajv.compile(schema('bom-1.6'));
}

const lock = z
  .object({ packages: z.record(z.string(), z.object({ version: z.string().optional(), integrity: z.string().optional() })) })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')));

describe.each<App>(['webhook', 'controller'])('the bill of materials of the %s', (app) => {
  let files: Files;
  let text: string;
  let bill: z.infer<typeof billSchema>;
  beforeAll(async () => {
    files = await bundle(app, '1.2.3', ROOT);
    text = Buffer.from(files.get(`app/${app}.cdx.json`) ?? []).toString();
    bill = billSchema.parse(JSON.parse(text));
  });

  test('is a valid CycloneDX document', () => {
    const validate = validator();
    validate(JSON.parse(text));
    expect(validate.errors).toBeNull();
  });

  test('names the packages that went in, with version, licence and the hash that the lockfile has', () => {
    const { version, integrity } = lock.packages['node_modules/pino'] ?? {};
    const pino = bill.components.find(({ purl }) => purl === `pkg:npm/pino@${version}`);
    const hash = Buffer.from(pino?.hashes?.[0]?.content ?? '', 'hex').toString('base64');
    expect(`sha512-${hash}`).toBe(integrity);
    expect(pino?.licenses).toEqual([{ license: { id: 'MIT' } }]);
    expect(bill.components.filter(({ hashes, licenses }) => hashes === undefined || licenses === undefined)).toEqual([]);
  });

  test('leaves out packages of which nothing went in', () => {
    const names = bill.components.map(({ purl }) => purl.replace(/@[^@]*$/, ''));
    expect(names.filter((name) => /esbuild|pulumi|jest|tar-fs|isomorphic-ws/.test(name))).toEqual([]);
    expect(names.includes('pkg:npm/undici')).toBe(app === 'controller');
  });

  test('tells which of its parts uses which, each reached from the app', () => {
    const uses = new Map(bill.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
    const reached = new Set([bill.metadata.component['bom-ref']]);
    for (const ref of reached) for (const used of uses.get(ref) ?? []) reached.add(used);
    expect([...reached].slice(1).sort()).toEqual(bill.components.map(({ purl }) => purl));
  });

  test('is the same for the same bundle', async () => {
    expect(await bundle(app, '1.2.3', ROOT)).toEqual(files);
  });
});

test('the controller’s bundle leaves out what it does not use of the Kubernetes client', async () => {
  const program = Buffer.from((await bundle('controller', '1.2.3', ROOT)).get('app/controller.cjs') ?? []).toString();
  expect(program).toContain('loadFromCluster');
  expect(program).not.toContain('V1JSONSchemaProps');
});
