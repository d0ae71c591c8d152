import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { stringify } from 'yaml';
import { runProgram } from '../../local/offline/program.ts';
import { type Resource, UNKNOWN, violations } from '../../policy/resource.ts';
import { rules } from '../../policy/rules.ts';
import { resourcesOf } from './resources.ts';
import { valuesBelow } from './values-below.ts';

jest.setTimeout(120_000);

/** What a stack asks for; every stack is held to the rules where its listing is. */
let resources: readonly Resource[];
beforeAll(async () => {
  resources = resourcesOf((await runProgram('dev', true)).asked);
});

// biome-ignore lint/suspicious/noExplicitAny: inputs have as many shapes as there are resource types
type Inputs = any;
type Slip = readonly [what: string, type: string, slip: (inputs: Inputs) => void, message: string];

const DEPLOYMENT = 'kubernetes:apps/v1:Deployment';
const ROLE = 'kubernetes:rbac.authorization.k8s.io/v1:ClusterRole';
const BINDING = 'kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding';
const CONFIGURATION = 'kubernetes:admissionregistration.k8s.io/v1:MutatingWebhookConfiguration';
const CONFIG_MAP = 'kubernetes:core/v1:ConfigMap';
const SECRET = 'kubernetes:core/v1:Secret';
const LEAF = 'tls:index/locallySignedCert:LocallySignedCert';

const pod = (slip: (spec: Inputs) => void) => (inputs: Inputs) => slip(inputs.spec.template.spec);
const container = (slip: (one: Inputs) => void) => pod(({ containers }) => slip(containers[0]));
const webhook = (slip: (one: Inputs) => void) => (inputs: Inputs) => slip(inputs.webhooks[0]);
const gates = (image: string) => (inputs: Inputs) =>
  Object.assign(inputs.data, { 'tenguconfig.yaml': stringify({ initContainers: [{ name: 'gate', image }] }) });
const PEM = '-----BEGIN EC PRIVATE KEY-----\nMHc…\n-----END EC PRIVATE KEY-----\n';

/** The rule that a slip breaks, the resource that it is made in, and what is said of it. */
const SLIPS: Readonly<Record<string, readonly Slip[]>> = {
  'image-by-digest': [
    [
      'an image by its tag',
      DEPLOYMENT,
      container((one) => Object.assign(one, { image: 'ghcr.io/acme/x:1' })),
      '"ghcr.io/acme/x:1"',
    ],
    [
      'an init container by its tag',
      DEPLOYMENT,
      pod((spec) => Object.assign(spec, { initContainers: [{ ...spec.containers[0], image: 'x' }] })),
      '"x"',
    ],
    ['the gate of consumers by its tag', CONFIG_MAP, gates('ghcr.io/acme/gate:1'), 'in the pods of consumers container gate has'],
    [
      'settings of the webhook that nobody can read',
      CONFIG_MAP,
      (inputs) => Object.assign(inputs.data, { 'tenguconfig.yaml': 'initContainers: [' }),
      'tenguconfig.yaml is no YAML',
    ],
  ],
  sized: [
    ['no resources at all', DEPLOYMENT, container((one) => delete one.resources), 'requests.cpu'],
    ['no limit of memory', DEPLOYMENT, container(({ resources: sizes }) => delete sizes.limits.memory), 'limits.memory'],
  ],
  restricted: [
    ['the network of the node', DEPLOYMENT, pod((spec) => Object.assign(spec, { hostNetwork: true })), 'hostNetwork is true'],
    [
      'a folder of the node',
      DEPLOYMENT,
      pod((spec) => Object.assign(spec, { volumes: [{ name: 'root', hostPath: { path: '/' } }] })),
      'volume root is a hostPath',
    ],
    ['a port of the node', DEPLOYMENT, container(({ ports }) => Object.assign(ports[0], { hostPort: 80 })), 'hostPort'],
    ['root, perhaps', DEPLOYMENT, pod(({ securityContext }) => delete securityContext.runAsNonRoot), 'runAsNonRoot is missing'],
    [
      'root, by number',
      DEPLOYMENT,
      pod(({ securityContext }) => Object.assign(securityContext, { runAsUser: 0 })),
      'runAsUser is 0',
    ],
    [
      'no seccomp profile',
      DEPLOYMENT,
      pod(({ securityContext }) => delete securityContext.seccompProfile),
      'seccompProfile.type is missing',
    ],
    [
      'a privileged container',
      DEPLOYMENT,
      container(({ securityContext }) => Object.assign(securityContext, { privileged: true })),
      'privileged is true',
    ],
    [
      'more privileges later',
      DEPLOYMENT,
      container(({ securityContext }) => delete securityContext.allowPrivilegeEscalation),
      'allowPrivilegeEscalation is missing',
    ],
    [
      'capabilities that are kept',
      DEPLOYMENT,
      container(({ securityContext }) => delete securityContext.capabilities),
      'drop ALL',
    ],
    [
      'a capability that is added',
      DEPLOYMENT,
      container(({ securityContext }) => Object.assign(securityContext.capabilities, { add: ['NET_ADMIN'] })),
      'NET_ADMIN',
    ],
  ],
  'no-wildcard': [
    ['all verbs', ROLE, ({ rules: [rule] }) => Object.assign(rule, { verbs: ['*'] }), 'rules[0].verbs is ["*"]'],
    ['all of a resource', ROLE, ({ rules: [rule] }) => Object.assign(rule, { resources: ['pods/*'] }), 'rules[0].resources'],
    [
      'rules of roles that others write',
      ROLE,
      (inputs) => Object.assign(inputs, { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { aggregate: 'yes' } }] } }),
      'aggregationRule takes in the rules',
    ],
    ...['cluster-admin', 'admin', 'edit', 'view', 'system:monitoring', 'system:controller:namespace-controller'].map(
      (name): Slip => [
        `${name} bound`,
        BINDING,
        ({ roleRef }) => Object.assign(roleRef, { name }),
        `roleRef is the ClusterRole ${name}`,
      ],
    ),
  ],
  'keys-in-place': [
    [
      'a private key in a ConfigMap',
      CONFIG_MAP,
      (inputs) => Object.assign(inputs.data, { 'key.pem': PEM }),
      'data.key.pem holds a private key',
    ],
  ],
  'keys-secret': [
    [
      'a Secret in clear',
      SECRET,
      (inputs) => Object.assign(inputs, { stringData: { 'key.pem': 'x' } }),
      'stringData is not secret',
    ],
    [
      'an authority’s key in clear',
      LEAF,
      (inputs) => Object.assign(inputs, { caPrivateKeyPem: 'x' }),
      'caPrivateKeyPem is not secret',
    ],
  ],
  'webhook-outside-system': [
    [
      'a webhook for every namespace',
      CONFIGURATION,
      webhook((one) => delete one.namespaceSelector),
      'matches the namespace kube-system',
    ],
    [
      'a webhook that is kept away by a label that anybody may set',
      CONFIGURATION,
      webhook(
        ({
          namespaceSelector: {
            matchExpressions: [one],
          },
        }) => Object.assign(one, { key: 'name' }),
      ),
      'matches the namespace orcon-system',
    ],
    [
      'a webhook in a namespace that it is called for',
      CONFIGURATION,
      webhook(({ clientConfig }) => Object.assign(clientConfig.service, { namespace: 'shop' })),
      'matches the namespace shop',
    ],
  ],
  'webhook-timeout': [
    [
      'a webhook that is waited for',
      CONFIGURATION,
      webhook((one) => Object.assign(one, { timeoutSeconds: 11 })),
      'timeoutSeconds 11',
    ],
  ],
  'webhook-side-effects': [
    [
      'a webhook that does more on a dry run',
      CONFIGURATION,
      webhook((one) => Object.assign(one, { sideEffects: 'NoneOnDryRun' })),
      '"NoneOnDryRun"',
    ],
  ],
};

describe.each(Object.entries(SLIPS))('%s', (rule, slips) => {
  test.each(slips)('catches %s', (_, type, slip, message) => {
    const victim = resources.find((resource) => resource.type === type);
    const inputs = structuredClone(victim?.inputs);
    slip(inputs);
    const found = violations(
      rules,
      resources.map((resource) => (resource === victim ? { ...resource, inputs: inputs ?? {} } : resource)),
    );
    expect(found).toContainEqual({ rule, urn: victim?.urn, message: expect.stringContaining(message) });
    expect(new Set(found.map(({ rule: broken, urn }) => `${broken} ${urn}`)).size).toBe(rule === 'keys-in-place' ? 2 : 1);
  });
});

function first(): Resource {
  const found = resources.find(({ type }) => type === DEPLOYMENT);
  if (found === undefined) throw new Error('the stack has no Deployment');
  return found;
}

describe('the tree of resources', () => {
  const changed = (change: Partial<Resource>) =>
    violations(
      rules,
      resources.map((one) => (one === first() ? { ...one, ...change } : one)),
    );

  test.each(['default', 'default_4_34_2'])('explicit-provider catches the provider %s', (provider) => {
    expect(changed({ provider })).toEqual([
      { rule: 'explicit-provider', urn: first().urn, message: expect.stringContaining('default provider') },
    ]);
  });

  test.each(['', 'urn:pulumi:prod::orcon::pulumi:pulumi:Stack::orcon-prod'])('in-component catches a child of "%s"', (parent) => {
    expect(changed({ parent })).toEqual([
      { rule: 'in-component', urn: first().urn, message: expect.stringContaining('top of the stack') },
    ]);
  });
});

test('every rule is in docs/delivery.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/delivery.md'), 'utf8');
  expect(rules.filter(({ name }) => !page.includes(`| \`${name}\` |`))).toEqual([]);
});

test('every rule has a slip that it catches, and nothing breaks one as it is', () => {
  expect(rules.map(({ name }) => name).sort()).toEqual(['explicit-provider', 'in-component', ...Object.keys(SLIPS)].sort());
  expect(violations(rules, resources)).toEqual([]);
});

test('a patch is held to what it sets, and to nothing that it leaves as it is', () => {
  const found = first();
  const patch = (container: object) => ({
    ...found,
    type: `${DEPLOYMENT}Patch`,
    inputs: { spec: { template: { spec: { containers: [{ name: 'app', ...container }] } } } },
  });
  expect(violations(rules, [patch({})])).toEqual([]);
  const broken = violations(rules, [patch({ image: 'x:1', securityContext: { privileged: true } })]);
  expect(broken.map(({ rule }) => rule)).toEqual(['image-by-digest', 'restricted']);
});

test('what is unknown before it is made breaks no rule and stops none, whatever it is', () => {
  // That a value is secret is known before the value is.
  const secrets = new Set(['keys-secret']);
  let looks = 0;
  for (const resource of resources) {
    const inputs = structuredClone(resource.inputs);
    for (const { replaced, path } of valuesBelow(inputs, UNKNOWN)) {
      const found = violations(rules, [{ ...resource, inputs: replaced() }]).filter(({ rule }) => !secrets.has(rule));
      if (found.length > 0) throw new Error(`${resource.name} ${path}: ${found[0]?.message}`);
      looks += 1;
    }
  }
  expect(looks).toBeGreaterThan(1_000);
});
