/** What the limits of the controller's account consist of; what they let through is shown on a cluster (tests/e2e/rights). */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { literal } from '../../infra/guard/cel.ts';
import { configuredGates } from '../../infra/guard/gates.ts';
import { Guard, type GuardArgs } from '../../infra/index.ts';
import { type Deployed, deploy } from './deploy.ts';

const gate: GuardArgs['gate'] = { hold: 'container', image: 'gate@sha256:1', cpu: '50m', memory: '16Mi', initContainers: [] };
const guard = (changes: Partial<GuardArgs> = {}) => deploy(() => new Guard('guard', { namespace: 'home', gate, ...changes }));
const ofType = ({ resources }: Deployed, end: string) => resources.filter(({ type }) => type.endsWith(`:${end}`));

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly string[];
}

describe('the limits of the account', () => {
  let deployed: Deployed;
  beforeAll(async () => {
    deployed = await guard();
  });

  test('concern what it may write but for its Lease, which its rights name', () => {
    const rules: Rule[] = ofType(deployed, 'ValidatingAdmissionPolicy').flatMap(
      ({ inputs }) => inputs.spec.matchConstraints.resourceRules,
    );
    expect(rules.flatMap(({ resources, operations }) => resources.map((each) => `${each}: ${operations}`)).sort()).toEqual([
      'configmaps: CREATE,UPDATE,DELETE',
      'cronjobs: UPDATE',
      'daemonsets: UPDATE',
      'deployments: UPDATE',
      'events: CREATE,UPDATE',
      'jobs: UPDATE',
      'pods: UPDATE',
      'statefulsets: UPDATE',
    ]);
  });

  test('are those of the controller alone, and hold also where an expression fails', () => {
    for (const { inputs } of ofType(deployed, 'ValidatingAdmissionPolicy')) {
      expect(inputs.spec.failurePolicy).toBe('Fail');
      expect(inputs.spec.matchConditions.map(({ expression }: { expression: string }) => expression)).toEqual([
        'request.userInfo.username == "system:serviceaccount:home:tengu-controllers"',
      ]);
      for (const { message, reason } of inputs.spec.validations)
        expect([message, reason]).toEqual([expect.stringMatching(/\w/), 'Forbidden']);
    }
  });

  test('are in force, in every namespace', () => {
    const bindings = ofType(deployed, 'ValidatingAdmissionPolicyBinding').map(({ inputs }) => inputs.spec);
    const policies = ofType(deployed, 'ValidatingAdmissionPolicy').map(({ inputs }) => inputs.metadata.name);
    expect(bindings).toEqual(policies.map((policyName) => ({ policyName, validationActions: ['Deny'] })));
  });

  test('name the gate by the image that is deployed', () => {
    const { variables } = deployed.get('ValidatingAdmissionPolicy', 'guard-workloads').inputs.spec;
    const [{ expression }] = variables.filter(({ name }: { name: string }) => name === 'gates');
    expect(expression).toContain('"rest": dyn({"image": dyn("gate@sha256:1")})');
  });

  test('know no gate where the kubelet holds', async () => {
    const { variables } = (await guard({ gate: { ...gate, hold: 'kubelet', image: undefined } })).get(
      'ValidatingAdmissionPolicy',
      'guard-workloads',
    ).inputs.spec;
    expect(variables).toContainEqual({ name: 'gates', expression: 'dyn([])' });
  });
});

describe('a configured init container is compared', () => {
  const rest = (container: Readonly<Record<string, unknown>>) => {
    const shown = configuredGates([JSON.parse(JSON.stringify({ name: 'own', image: 'own:1', ...container }))]);
    return shown.slice(shown.indexOf('"rest": ') + '"rest": '.length, shown.indexOf(', "securityContext": '));
  };

  test.each([
    ['without what says nothing', { args: [], stdin: false, workingDir: '', command: ['a', ''] }, { command: ['a', ''] }],
    ['with the protocol of its ports', { ports: [{ containerPort: 80 }] }, { ports: [{ protocol: 'TCP', containerPort: 80 }] }],
    [
      'with the times of its probes',
      { startupProbe: { exec: { command: ['x'] }, periodSeconds: 1 } },
      {
        startupProbe: { timeoutSeconds: 1, periodSeconds: 1, successThreshold: 1, failureThreshold: 3, exec: { command: ['x'] } },
      },
    ],
    [
      'with path and scheme of its hooks',
      { lifecycle: { preStop: { httpGet: { port: 80 } } } },
      { lifecycle: { preStop: { httpGet: { path: '/', scheme: 'HTTP', port: 80 } } } },
    ],
    ['not by what the stamp makes of it', { resources: { limits: { cpu: '1' } }, imagePullPolicy: 'Always' }, {}],
  ])('%s', (_, container, expected) => {
    expect(rest(container)).toBe(literal({ image: 'own:1', ...expected }));
  });

  const security = (securityContext: unknown) =>
    configuredGates([JSON.parse(JSON.stringify({ image: 'own:1', securityContext }))]);
  test('by its security as it is, be it nothing', () => {
    expect(security({ runAsUser: 7, runAsGroup: null })).toContain(
      `"securityContext": ${literal({ runAsUser: 7 })}, "atNeed": dyn([])`,
    );
    expect(security({})).toContain('"securityContext": dyn({}), "atNeed": dyn([])');
  });

  test.each([undefined, null])('by what the stamp says of its security where it has %s', (none) => {
    expect(security(none)).toContain('"readOnlyRootFilesystem": dyn(true)');
    expect(security(none)).toContain(`"atNeed": ${literal(['runAsNonRoot', 'runAsUser'])}`);
  });

  test('by the beginning of its name, which may get a number', () => {
    expect(configuredGates([{ name: 'n'.repeat(63), image: 'own:1' }])).toContain(`"name": dyn("${'n'.repeat(58)}")`);
  });
});
