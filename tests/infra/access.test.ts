import { describe, expect, test } from '@jest/globals';
import { Access } from '../../infra/index.ts';
import type { Rule } from '../../infra/rights.ts';
import { type Deployed, deploy } from './deploy.ts';

const access = (...namespaces: string[]) => deploy(() => new Access('access', { namespace: 'home', namespaces }));

/** `group/resource: verbs`, so that a rule reads as it is spoken. */
const spoken = (rules: readonly Rule[]) =>
  rules
    .flatMap(({ apiGroups, resources, verbs, resourceNames }) =>
      apiGroups.flatMap((group) =>
        resources.map(
          (resource) => `${group}/${resource}${resourceNames ? ` ${resourceNames}` : ''}: ${[...verbs].sort().join(' ')}`,
        ),
      ),
    )
    .sort();

const INSIDE_NAMESPACES = [
  '/configmaps: create delete get list patch watch',
  '/events: create patch',
  '/pods: list patch',
  '/services: get list watch',
  'apps/daemonsets: get list patch watch',
  'apps/deployments: get list patch watch',
  'apps/statefulsets: get list patch watch',
  'batch/cronjobs: get list patch watch',
  'batch/jobs: get list watch',
];

const roles = ({ resources }: Deployed) => resources.filter(({ type }) => /:(Cluster)?Role$/.test(type));
const allRules = (deployed: Deployed): Rule[] => roles(deployed).flatMap(({ inputs }) => inputs.rules);

describe('in all namespaces', () => {
  test('the controller may do exactly this', async () => {
    const deployed = await access();
    expect(spoken(deployed.get('ClusterRole').inputs.rules)).toEqual([...INSIDE_NAMESPACES, '/namespaces: list watch'].sort());
  });

  test('the controller holds one Lease, in its own namespace; making one cannot be limited to a name', async () => {
    const lease = (await access()).get('Role');
    expect(lease.inputs.metadata.namespace).toBe('home');
    expect(spoken(lease.inputs.rules)).toEqual([
      'coordination.k8s.io/leases relations-controller: get list update watch',
      'coordination.k8s.io/leases: create',
    ]);
  });
});

describe('in listed namespaces', () => {
  test('a Role in each takes the place of the ClusterRole, and knows that namespace alone', async () => {
    const deployed = await access('shop', 'bank');
    expect(deployed.resources.filter(({ type }) => type.includes(':Cluster'))).toEqual([]);
    for (const namespace of ['shop', 'bank']) {
      const role = deployed.get('Role', `access-controller-${namespace}`).inputs;
      expect(role.metadata.namespace).toBe(namespace);
      expect(spoken(role.rules)).toEqual([...INSIDE_NAMESPACES, `/namespaces ${namespace}: get`].sort());
    }
  });
});

describe.each([{ namespaces: [] }, { namespaces: ['shop', 'bank'] }])('with namespaces $namespaces', ({ namespaces }) => {
  test('no rule has a wildcard, touches Secrets, or lets anyone act as somebody else', async () => {
    for (const { apiGroups, resources, verbs } of allRules(await access(...namespaces))) {
      const words = [...apiGroups, ...resources, ...verbs];
      expect(words.filter((word) => word.includes('*'))).toEqual([]);
      expect(words).not.toEqual(expect.arrayContaining(['secrets']));
      expect(verbs.filter((verb) => ['impersonate', 'bind', 'escalate', 'deletecollection'].includes(verb))).toEqual([]);
    }
  });

  test('every right goes to the controller, in the role that the binding stands beside, and none to the webhook', async () => {
    const deployed = await access(...namespaces);
    const bindings = deployed.resources.filter(({ type }) => type.endsWith('Binding'));
    expect(bindings.length).toBe(roles(deployed).length);
    for (const { name, inputs } of bindings) {
      expect(inputs.subjects).toEqual([{ kind: 'ServiceAccount', name: 'tengu-controllers', namespace: 'home' }]);
      const role = deployed.get(inputs.roleRef.kind, name).inputs;
      expect(inputs.roleRef.name).toBe(role.metadata.name);
      expect(inputs.metadata.namespace).toBe(role.metadata.namespace);
    }
  });

  test('no account hands its token to a pod that did not ask for it', async () => {
    const accounts = (await access(...namespaces)).resources.filter(({ type }) => type.endsWith(':ServiceAccount'));
    expect(accounts.map(({ inputs }) => [inputs.metadata.name, inputs.automountServiceAccountToken])).toEqual([
      ['relations-mutating-webhook', false],
      ['tengu-controllers', false],
    ]);
  });
});
