import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readSettings } from '../../infra/config.ts';
import { describeKey, keyNames, schema } from '../../infra/keys.ts';
import { digest, faults, GIVEN, REGISTRY } from './faults.ts';

const read = (config: Record<string, string>) => readSettings({ ...REGISTRY, ...config }, 'dev');

describe('settings', () => {
  test('are the defaults where a stack says nothing but the registry', () => {
    expect(read({})).toMatchObject({
      namespace: 'orcon-system',
      createNamespace: true,
      namespaces: [],
      registry: 'ghcr.io/acme',
      replicas: 2,
      failurePolicy: 'Fail',
      hold: 'container',
      gateImage: undefined,
      priorityClass: undefined,
      nodeSelector: undefined,
      tolerations: undefined,
      trustedAuthorities: ['a'],
      context: undefined,
    });
  });

  test('are what the stack says, of lists, numbers and booleans as Pulumi hands them over', () => {
    expect(
      read({
        'orcon:namespaces': '["shop","bank"]',
        'orcon:replicas': '3',
        'orcon:createNamespace': 'false',
        'orcon:hold': 'kubelet',
        'orcon:initContainers': '[{"name":"own","image":"own:1","env":[{"name":"A","value":"1"}]}]',
        'orcon:controllerResources': '{"requests":{"cpu":1}}',
        'orcon:nodeSelector': '{"disk":"ssd"}',
        'kubernetes:context': 'here',
      }),
    ).toMatchObject({
      namespaces: ['shop', 'bank'],
      replicas: 3,
      createNamespace: false,
      hold: 'kubelet',
      initContainers: [{ name: 'own', image: 'own:1', env: [{ name: 'A', value: '1' }] }],
      controllerResources: { requests: { cpu: '1' } },
      nodeSelector: { disk: 'ssd' },
      context: 'here',
    });
  });

  test('need no registry where the images are given', () => {
    expect(faults(GIVEN, {})).toEqual([]);
  });

  test.each(keyNames)('takes the example that it gives for %s', (name) => {
    expect(schema.shape[name].safeParse(parse(describeKey(name).example)).success).toBe(true);
  });

  test('does not mind keys of other projects and providers', () => {
    expect(faults({ 'docker:host': 'unix:///x', 'other:replicas': 'many' })).toEqual([]);
  });
});

test.each(['contex', 'namespace', 'enableServerSideApply'])(
  'kubernetes:%s, which would have no effect, is a fault with the way out',
  (key) => {
    expect(faults({ [`kubernetes:${key}`]: 'a' })).toEqual([
      `kubernetes:${key} would have no effect: remove it from Pulumi.dev.yaml, or mend its name; this program reads kubernetes:context and kubernetes:kubeconfig alone`,
    ]);
  },
);

describe('faults', () => {
  test('name key, value and way out', () => {
    expect(faults({ 'orcon:replicas': '0' })).toEqual([
      'orcon:replicas is 0: expected a whole number from 1 to 20; for example "orcon:replicas: 2" in Pulumi.dev.yaml',
    ]);
  });

  test('of a list or an object name the place in it', () => {
    expect(faults({ 'orcon:apiServerPorts': '[443,70000]' })).toEqual([
      expect.stringMatching(/^orcon:apiServerPorts\[1\] is 70000: /),
    ]);
    expect(faults({ 'orcon:initContainers': '[{"name":"own"}]' })).toEqual([
      expect.stringMatching(/^orcon:initContainers\[0\]\.image is missing: /),
    ]);
    expect(faults({ 'orcon:webhookResources': '{"requests":{"memory":"1Gi"},"limits":{"memory":"512Mi"}}' })).toEqual([
      expect.stringMatching(/^orcon:webhookResources\.requests\.memory is "1Gi": .* no request above its limit/),
    ]);
  });

  test('of a key that has to be set say that it is not', () => {
    expect(faults({}, {})).toEqual([expect.stringMatching(/^orcon:registry is not set, .*"pulumi config set orcon:registry /)]);
  });

  test.each([
    ['a number that is a text', { 'orcon:maxRolls': 'twenty' }, 'orcon:maxRolls is "twenty"'],
    ['a fraction', { 'orcon:replicas': '1.5' }, 'orcon:replicas is 1.5'],
    ['a boolean in other words', { 'orcon:networkPolicies': 'yes' }, 'orcon:networkPolicies is "yes"'],
    ['a registry without a host', { 'orcon:registry': 'acme' }, 'begins with no host, so Docker takes it for an account'],
    ['Docker Hub without an account', { 'orcon:registry': 'docker.io' }, 'pulumi config set orcon:registry docker.io/acme'],
    ['Docker Hub with a path', { 'orcon:registry': 'docker.io/us/apps' }, 'for docker.io/us/orcon-webhook and the like'],
    ['a registry with a scheme', { 'orcon:registry': 'https://ghcr.io' }, 'path if any, without https:// before it; for example'],
    ['a unit that is none', { 'orcon:webhookResources': '{"limits":{"memory":"512MB"}}' }, 'a quantity such as 250m or 512Mi'],
    ['an architecture alone', { 'orcon:platform': 'amd64' }, '"amd64": expected linux/amd64, linux/arm64 or the like'],
    ['an image by tag where a digest is asked for', { ...GIVEN, 'orcon:webhookImage': 'x:1' }, 'orcon:webhookImage is "x:1"'],
    ['an empty list of authorities', { 'orcon:trustedAuthorities': '[]' }, 'orcon:trustedAuthorities is []'],
    ['a third authority', { 'orcon:trustedAuthorities': '["c"]' }, 'orcon:trustedAuthorities[0] is "c"'],
    ['a timeout above what is good for a cluster', { 'orcon:webhookTimeoutSeconds': '11' }, 'orcon:webhookTimeoutSeconds is 11'],
    [
      'sizes of something else',
      { 'orcon:webhookResources': '{"requests":{"gpu":"1"}}' },
      'orcon:webhookResources.requests is {"gpu"',
    ],
    ['a port that takes privileges', { 'orcon:webhookPort': '443' }, 'orcon:webhookPort is 443'],
    ['an authority without its namespace', { 'orcon:injectCaFrom': 'hook' }, 'orcon:injectCaFrom is "hook"'],
    ['a label of two words', { 'orcon:labels': '{"team":"our team"}' }, 'orcon:labels.team is "our team"'],
    ['an annotation without a name', { 'orcon:annotations': '{"example.org/":"x"}' }, 'orcon:annotations.example.org/ is "x"'],
    ['a label that is a number', { 'orcon:nodeSelector': '{"zone":7}' }, 'orcon:nodeSelector.zone is 7'],
    ['a toleration of nothing', { 'orcon:tolerations': '[{"effect":"NoSchedule"}]' }, 'orcon:tolerations[0] is {'],
    [
      'a toleration that exists with a value',
      { 'orcon:tolerations': '[{"key":"a","operator":"Exists","value":"b"}]' },
      'orcon:tolerations[0] is {',
    ],
    [
      'a toleration for a while of what evicts nobody',
      { 'orcon:tolerations': '[{"key":"a","effect":"NoSchedule","value":"b","tolerationSeconds":5}]' },
      'orcon:tolerations[0] is {',
    ],
    ['text that is half JSON', { 'orcon:namespaces': '["shop"' }, String.raw`orcon:namespaces is "[\"shop\""`],
  ])('include %s', (_, config, beginning) => {
    expect(faults(config)).toEqual([expect.stringContaining(beginning)]);
  });

  test.each([
    [
      'another cluster than expected',
      { 'kubernetes:context': 'here', 'orcon:expectedContext': 'there' },
      'this stack is for another cluster',
    ],
    ['the current context where one is expected', { 'orcon:expectedContext': 'there' }, 'kubernetes:context is not set'],
    ['a kubeconfig as text', { 'kubernetes:kubeconfig': 'apiVersion: v1\nkind: Config' }, 'give its path instead'],
    ['a kubeconfig as JSON in one line', { 'kubernetes:kubeconfig': '{"apiVersion":"v1","users":[]}' }, 'give its path instead'],
    ['a namespace that belongs to others', { 'orcon:namespace': 'kube-system' }, 'orcon:namespace is "kube-system"'],
    [
      'its own namespace among those it looks after',
      { 'orcon:namespaces': '["orcon-system"]' },
      'orcon:namespaces has "orcon-system"',
    ],
    ['a namespace twice', { 'orcon:namespaces': '["shop","shop"]' }, 'orcon:namespaces has "shop" twice'],
    ['an authority twice', { 'orcon:trustedAuthorities': '["a","a"]' }, 'orcon:trustedAuthorities has "a" twice'],
    ['a pull secret twice', { 'orcon:pullSecrets': '["one","two","one"]' }, 'orcon:pullSecrets has "one" twice'],
    ['a port of the API server twice', { 'orcon:apiServerPorts': '[443,443]' }, 'orcon:apiServerPorts has "443" twice'],
    ['one of several instances that would look after all', { 'orcon:instance': 'blue' }, 'list its own'],
    ['images that are given and built', { 'orcon:webhookImage': digest('webhook') }, 'it would not be used'],
    ['an image that is neither', { ...GIVEN, 'orcon:controllerImage': '' }, 'orcon:controllerImage is not set'],
    ['a gate that is neither', { ...GIVEN, 'orcon:gateImage': '' }, 'or set orcon:hold to kubelet'],
    ['the port of the probes for the webhook', { 'orcon:webhookPort': '8081' }, 'where its pods answer probes'],
    [
      'a label that orcon sets',
      { 'orcon:labels': '{"app.kubernetes.io/name":"mine"}' },
      'orcon:labels has "app.kubernetes.io/name"',
    ],
    [
      'an annotation that would not wait for the webhook',
      { 'orcon:annotations': '{"pulumi.com/skipAwait":"true"}' },
      'orcon:annotations has "pulumi.com/skipAwait"',
    ],
    ['a user without a password', { 'orcon:registryUsername': 'me' }, '--secret orcon:registryPassword'],
    ['a signing authority that nobody trusts', { 'orcon:signingAuthority': 'b' }, 'which orcon:trustedAuthorities (a) lacks'],
    ['a renewal that would never end', { 'orcon:certificateRenewalHours': '8760' }, 'every up would make a new certificate'],
    ['a certificate that could outlive its authority', { 'orcon:authorityRenewalHours': '100' }, 'could outlive its authority'],
    ['an authority to inject where one is made', { 'orcon:injectCaFrom': 'a/b' }, 'orcon:certificateSecret is not set'],
    ['a given certificate that nobody trusts', { 'orcon:certificateSecret': 'given' }, 'neither is set: set one'],
    [
      'a given certificate of two authorities',
      { 'orcon:certificateSecret': 'given', 'orcon:injectCaFrom': 'a/b', 'orcon:injectCaFromSecret': 'a/c' },
      'both are: set one',
    ],
    ['an init container of the gate’s name', { 'orcon:initContainers': '[{"name":"tengu-gate","image":"x"}]' }, '"tengu-gate"'],
  ])('include %s', (_, config, part) => {
    expect(faults(config)).toEqual([expect.stringContaining(part)]);
  });
});
