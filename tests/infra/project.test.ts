import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readSettings } from '../../infra/config.ts';
import { configurationPage } from '../../infra/configuration-page.ts';
import { describeKey, keyNames } from '../../infra/keys.ts';
import { reviewedStacks } from '../../local/offline/stacks.ts';

const root = join(import.meta.dirname, '../..');
const yaml = (file: string) => parse(readFileSync(join(root, file), 'utf8'));

describe('Pulumi.yaml', () => {
  test('says of every key what the program says of it, in the same order', () => {
    const { config } = yaml('Pulumi.yaml');
    const own = Object.keys(config).filter((key) => key.startsWith('orcon:'));
    expect(own).toEqual(keyNames.map((name) => `orcon:${name}`));
    for (const name of keyNames) {
      const { description, type, items, default: value } = describeKey(name);
      expect(config[`orcon:${name}`]).toEqual({ description, type, ...(items && { items: { type: items } }), default: value });
    }
  });

  test('leaves no resource to a provider that the program did not name', () => {
    expect(yaml('Pulumi.yaml').config['pulumi:disable-default-providers']).toEqual({ value: ['*'] });
  });
});

describe('docs/configuration.md', () => {
  test('says what the program says; `npm run docs` writes it', () => {
    expect(readFileSync(join(root, 'docs/configuration.md'), 'utf8')).toBe(configurationPage());
  });

  test('has every key once', () => {
    for (const name of keyNames) expect(configurationPage().split(`| \`orcon:${name}\` |`)).toHaveLength(2);
  });
});

describe.each(['dev', 'prod'])('Pulumi.%s.yaml', (stack) => {
  const { config } = yaml(`Pulumi.${stack}.yaml`);

  test('is a configuration that the program takes', () => {
    const texts = Object.entries(config).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]);
    expect(readSettings(Object.fromEntries(texts), stack)).toMatchObject({
      context: config['kubernetes:context'],
      registry: config['orcon:registry'],
    });
  });

  test('is guarded against another cluster', () => {
    expect(config['orcon:expectedContext']).toBe(config['kubernetes:context']);
  });
});

test('no stack but that of the cluster on this machine goes by a passphrase that others know', () => {
  const salts = reviewedStacks(root).map((stack): [string, unknown] => [stack, yaml(`Pulumi.${stack}.yaml`).encryptionsalt]);
  const known = yaml('Pulumi.dev.yaml').encryptionsalt;
  expect(salts.filter(([, salt]) => salt === known).map(([stack]) => stack)).toEqual(['dev']);
});

describe('main.js', () => {
  test('says in one line what is wrong where Node cannot run TypeScript', () => {
    const program = `await import(${JSON.stringify(join(root, 'main.js'))}).catch((error) => console.log(error.message))`;
    const said = execFileSync(process.execPath, ['--no-strip-types', '--input-type=module', '--eval', program], {
      encoding: 'utf8',
    });
    expect(said).toMatch(/^orcon: Node v\S+ cannot run TypeScript as it is; put Node 24 .* first on PATH\.\n$/);
  });
});
