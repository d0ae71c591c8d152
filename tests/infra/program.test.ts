import { join } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Outcome, runProgram } from '../../local/offline/program.ts';
import { reviewedStacks } from '../../local/offline/stacks.ts';
import { violations } from '../../policy/resource.ts';
import { rules } from '../../policy/rules.ts';
import { resourcesOf } from '../policy/resources.ts';
import { expectListed } from './listing.ts';

// Each runs the program in a process of its own, apps bundled and all: 3 s on an idle machine.
jest.setTimeout(120_000);

describe.each(reviewedStacks(join(import.meta.dirname, '../..')))('the stack %s', (stack) => {
  let preview: Outcome;
  beforeAll(async () => {
    preview = await runProgram(stack, true);
  });

  test('is previewed without an error', () => {
    expect(preview).toMatchObject({ exitCode: 0, errors: [], warnings: [] });
  });

  test('would create what its listing says', () => {
    expectListed(stack, preview.asked);
  });

  test('keeps every rule', () => {
    expect(violations(rules, resourcesOf(preview.asked))).toEqual([]);
  });
});

test('a deployment gives the outputs that its operator needs', async () => {
  const { exitCode, asked, outputs } = await runProgram('dev', false);
  expect(exitCode).toBe(0);
  const stack = asked.find(({ type }) => type === 'pulumi:pulumi:Stack');
  expect(outputs.get(stack?.urn ?? '')).toEqual({
    namespace: 'orcon-system',
    images: {
      webhook: 'digest of orcon-images-webhook',
      controller: 'digest of orcon-images-controller',
      gate: 'digest of orcon-images-gate',
    },
    certificateExpires: 'end of orcon-tls-leaf',
    authorityExpires: 'end of orcon-tls-ca-a',
    watch: 'kubectl get configmaps --all-namespaces --selector tengu.io/phase=Held --watch',
  });
});

describe('with given images', () => {
  const image = (name: string) => `example/${name}@sha256:${'7'.repeat(64)}`;
  let preview: Outcome;
  beforeAll(async () => {
    preview = await runProgram('dev', true, {
      'orcon:config:buildImages': 'false',
      'orcon:config:webhookImage': image('webhook'),
      'orcon:config:controllerImage': image('controller'),
      'orcon:config:gateImage': image('gate'),
      'orcon:config:initContainers': JSON.stringify([{ name: 'wait', image: 'example/wait:1' }]),
    });
  });

  test('the program asks for no Docker daemon, and says which keys have no effect', () => {
    expect(preview.exitCode).toBe(0);
    expect(preview.asked.filter(({ type }) => type.includes('docker'))).toEqual([]);
    expect(preview.warnings).toEqual(
      ['registry', 'nodeImage', 'gateBaseImage'].map(
        (key) => `orcon:${key} is set and has no effect: orcon:buildImages is false`,
      ),
    );
  });

  test('one for the pods of consumers that is named by its tag breaks one rule, in one line', () => {
    expect(violations(rules, resourcesOf(preview.asked))).toEqual([
      {
        rule: 'image-by-digest',
        urn: expect.stringMatching(/ConfigMap::orcon-webhook-config$/),
        message:
          'tenguconfig.yaml: in the pods of consumers container wait has the image "example/wait:1": name it by digest, …@sha256:…',
      },
    ]);
  });
});

test('where kubeconfig and Docker daemon are is known to whoever runs the program, and not to the stack', async () => {
  const own = { KUBECONFIG: '/home/somebody/.kube/config', DOCKER_HOST: 'ssh://somebody@builder' };
  const providersWith = async (changes: Readonly<Record<string, string>>) => {
    const { asked } = await runProgram('prod', true, changes, undefined, own);
    return Object.fromEntries(
      asked.filter(({ type }) => type.startsWith('pulumi:providers:')).map((one) => [one.type, one.inputs]),
    );
  };
  const { 'pulumi:providers:kubernetes': kubernetes, 'pulumi:providers:docker': docker } = await providersWith({});
  expect(kubernetes).toMatchObject({ context: 'production' });
  expect(kubernetes).not.toHaveProperty('kubeconfig');
  expect(docker).toBeDefined();
  expect(docker).not.toHaveProperty('host');
  // Unless the stack itself says where.
  const told = await providersWith({ 'kubernetes:config:kubeconfig': 'config/kube' });
  expect(told['pulumi:providers:kubernetes']).toHaveProperty('kubeconfig', 'config/kube');
});

test('with a given certificate the program issues none', async () => {
  const { exitCode, asked, outputs } = await runProgram('dev', false, {
    'orcon:config:certificateSecret': 'given',
    'orcon:config:injectCaFrom': 'orcon-system/hook',
  });
  expect(exitCode).toBe(0);
  expect(asked.filter(({ type }) => type.includes('tls'))).toEqual([]);
  const stack = asked.find(({ type }) => type === 'pulumi:pulumi:Stack');
  expect(Object.keys(outputs.get(stack?.urn ?? '') ?? {}).sort()).toEqual(['images', 'namespace', 'watch']);
});

test('a bad configuration registers nothing and is one error with every fault', async () => {
  const { exitCode, asked, errors } = await runProgram('dev', true, {
    'orcon:config:replicas': '0',
    'orcon:config:hold': 'gently',
    'kubernetes:config:context': 'production',
  });
  expect(exitCode).not.toBe(0);
  expect(asked.filter(({ type }) => type !== 'pulumi:pulumi:Stack')).toEqual([]);
  expect(errors).toEqual([
    expect.stringMatching(/kubernetes:context is "production".*\n.*orcon:hold is "gently".*\n.*orcon:replicas is 0/),
  ]);
});
