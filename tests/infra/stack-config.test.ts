/** A stack's configuration as the offline engine hands it over, beside what the CLI does (tests/e2e/plugins/configuration.test.ts). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { stackConfig, UnusableFile } from '../../local/offline/stack-config.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orcon-stack-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** What the program is handed over of a project and a stack with these keys. */
function handedOver(project: object, stack: object) {
  writeFileSync(join(folder, 'Pulumi.yaml'), JSON.stringify({ name: 'some', config: project }));
  writeFileSync(join(folder, 'Pulumi.one.yaml'), JSON.stringify({ config: stack }));
  return stackConfig(folder, 'one');
}

describe('the configuration of a stack', () => {
  test('is what the project has for all, with what the stack has instead, as text', () => {
    const project = { 'some:a': { type: 'integer', default: 1 }, 'some:b': { default: ['x'] }, 'pulumi:c': { value: true } };
    expect(handedOver(project, { 'some:b': ['y', 2], 'some:d': 'text' })).toEqual({
      values: { 'some:config:a': '1', 'some:config:b': '["y",2]', 'pulumi:config:c': 'true', 'some:config:d': 'text' },
      encrypted: [],
    });
  });

  test.each([
    ['a value', { secure: 'v1:abc' }],
    ['a value in an object', { token: { secure: 'v1:abc' }, other: 1 }],
    ['a value in a list of objects', [{ name: 'own' }, { env: [{ name: 'A', value: { secure: 'v1:abc' } }] }]],
  ])('has a key as encrypted for %s that is', (_, value) => {
    const { values, encrypted } = handedOver(
      {},
      { 'some:a': value, 'some:b': { secure: { not: 'a text' } }, 'some:c': 'secure' },
    );
    expect(encrypted).toEqual(['some:a']);
    expect(values).toHaveProperty(['some:config:b'], '{"secure":{"not":"a text"}}');
  });

  test('shows nothing of what is encrypted', () => {
    const { values } = handedOver({}, { 'some:a': { secure: 'v1:abc' }, 'some:b': [{ secure: 'v1:abc' }, 'clear'] });
    expect(values).toEqual({ 'some:config:a': '(encrypted)', 'some:config:b': '["(encrypted)","clear"]' });
  });

  test('has keys as the CLI reads them: without a namespace they are the project’s', () => {
    const { values, encrypted } = handedOver(
      { port: { default: 1 } },
      { 'some:port': 2, webhookPort: 80, some: { replicas: 3 }, 'some:config:old': 'x', token: { secure: 'v1:abc' } },
    );
    expect(values).toEqual({
      'some:config:port': '2',
      'some:config:webhookPort': '80',
      'some:config:some': '{"replicas":3}',
      'some:config:old': 'x',
      'some:config:token': '(encrypted)',
    });
    expect(encrypted).toEqual(['some:token']);
  });

  test.each([
    ['a key of three parts', 'config: {"some:a:b": 1}', 'Pulumi.one.yaml: some:a:b is no key of a configuration'],
    ['a key given twice', 'config:\n  some:a: 1\n  some:a: 2\n', /^Pulumi\.one\.yaml: Map keys must be unique at line 3/],
    ['a text for a map', 'config: some', 'Pulumi.one.yaml: config is no map'],
  ])('cannot be read, and is named, with %s', (_, text, said) => {
    writeFileSync(join(folder, 'Pulumi.yaml'), 'name: some\n');
    writeFileSync(join(folder, 'Pulumi.one.yaml'), text);
    expect(() => stackConfig(folder, 'one')).toThrow(said);
    expect(() => stackConfig(folder, 'one')).toThrow(UnusableFile);
  });

  test('may be empty', () => {
    writeFileSync(join(folder, 'Pulumi.yaml'), 'name: some\n');
    writeFileSync(join(folder, 'Pulumi.one.yaml'), '# nothing yet\n');
    expect(stackConfig(folder, 'one')).toEqual({ values: {}, encrypted: [] });
  });
});
