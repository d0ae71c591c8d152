/** Values that a stack's file has encrypted: those that stay secret are asked for so, all others are refused. */
import { describe, expect, test } from '@jest/globals';
import { readSettings } from '../../infra/config.ts';
import { keyNames } from '../../infra/keys.ts';
import { faults, REGISTRY } from './faults.ts';

const CREDENTIALS = { 'orcon:registryUsername': 'me', 'orcon:registryPassword': 'hunter2' };
const OTHERS = [
  ...keyNames.filter((name) => !['registryUsername', 'registryPassword'].includes(name)).map((name) => `orcon:${name}`),
  'kubernetes:context',
  'kubernetes:kubeconfig',
];

describe('the credentials of the registry', () => {
  test('may be encrypted both', () => {
    const settings = readSettings({ ...REGISTRY, ...CREDENTIALS }, 'dev', Object.keys(CREDENTIALS));
    expect(settings).toMatchObject({ registryUsername: 'me', registryPassword: 'hunter2' });
  });

  test('have to be, as far as the password goes, where that is known', () => {
    expect(faults(CREDENTIALS, REGISTRY, [])).toEqual([
      'orcon:registryPassword stands in clear in Pulumi.dev.yaml: run "pulumi config set --secret orcon:registryPassword", and let it count as known',
    ]);
    expect(faults(CREDENTIALS, REGISTRY)).toEqual([]);
  });

  test('are never repeated', () => {
    expect(faults({ 'orcon:registryPassword': 'hunter2' }).join('\n')).not.toContain('hunter2');
    expect(faults({ 'orcon:registryUsername': 'hunter2' }).join('\n')).not.toContain('hunter2');
  });
});

describe('any other value that is encrypted', () => {
  test.each(OTHERS)('of %s is refused in one line that does not show it', (key) => {
    const found = faults({ [key]: '[{"hunter2' }, REGISTRY, [key]);
    expect(found).toEqual([
      expect.stringMatching(new RegExp(`^${key} is encrypted.*set it without --secret in Pulumi.dev.yaml`)),
    ]);
    expect(found.join('\n')).not.toContain('hunter2');
  });

  test('leads to no other complaint, and hides none', () => {
    const config = {
      'kubernetes:context': 'hunter2',
      'orcon:expectedContext': 'there',
      'orcon:namespaces': '["hunter2","hunter2"]',
      'orcon:instance': 'blue',
      'orcon:replicas': '0',
    };
    expect(faults(config, REGISTRY, ['kubernetes:context', 'orcon:namespaces'])).toEqual([
      expect.stringMatching(/^kubernetes:context is encrypted/),
      expect.stringMatching(/^orcon:namespaces is encrypted/),
      expect.stringMatching(/^orcon:replicas is 0/),
    ]);
  });

  test('is told where it could come from, if pods are to have it', () => {
    expect(faults({ 'orcon:initContainers': '[]' }, REGISTRY, ['orcon:initContainers'])).toEqual([
      expect.stringContaining('valueFrom.secretKeyRef'),
    ]);
  });

  test('of another project is nothing to this one', () => {
    expect(faults({ 'other:token': 'hunter2' }, REGISTRY, ['other:token'])).toEqual([]);
  });
});
