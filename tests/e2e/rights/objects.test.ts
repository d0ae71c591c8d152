/** Whoever has the controller's token asks for what is no workload. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CoreV1Event, V1ConfigMap } from '@kubernetes/client-node';
import { RELATIONS_OF, RELEASED } from '../../../relations/vocabulary.ts';
import { type Attempt, attemptAs } from '../harness/api.ts';
import { eventually } from '../harness/eventually.ts';
import type { Collection } from '../harness/namespace.ts';
import { asController, BY_POLICY, BY_RIGHTS, openStage, type RightsStage } from './stage.ts';

let stage: RightsStage;
beforeAll(async () => {
  stage = await openStage();
}, 60_000);
afterAll(() => stage.close());

const ORCON = '/api/v1/namespaces/orcon-system';
const OF_DEPLOYMENT = { [RELATIONS_OF]: 'Deployment' };
const patching = (collection: Collection, name: string, body: object): Attempt => ({
  method: 'PATCH',
  path: stage.ns.path(collection, name),
  body,
});
const configMap = (name: string, more: object = {}, metadata: object = { labels: OF_DEPLOYMENT }) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  ...more,
});
const creating = (object: object, path = stage.ns.path('ConfigMap')): Attempt => ({ method: 'POST', path, body: object });
const touched = (text: string) => ({ metadata: { annotations: { [RELEASED]: text } } });
const OWN = 'relations-deployment-web';
const USERS = { apiVersion: 'v1', kind: 'ConfigMap', name: 'users', uid: 'mine' };
const ownedBy = (...ownerReferences: readonly object[]) => ({ metadata: { ownerReferences } });
const event = (component: string) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'mine', namespace: stage.ns.name },
  involvedObject: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: stage.ns.name, name: 'web' },
  reason: 'Related',
  message: 'all is well',
  type: 'Normal',
  source: { component },
});

describe('by its limits the account is refused', () => {
  test.each<[string, () => Attempt]>([
    ["a pod's labels", () => patching('Pod', stage.pod, { metadata: { labels: { mine: 'yes' } } })],
    ["a pod's other annotations", () => patching('Pod', stage.pod, { metadata: { annotations: { mine: 'yes' } } })],
    ['a touch that says something else', () => patching('Pod', stage.pod, touched('mine'))],
    ["a pod's finalizers", () => patching('Pod', stage.pod, { metadata: { finalizers: ['e2e.tengu.io/mine'] } })],
    ["a pod's deadline", () => patching('Pod', stage.pod, { spec: { activeDeadlineSeconds: 1 } })],
    ['the touch of a pod that waits for nothing', () => patching('Pod', stage.plainPod, touched('TENGU_PERMIT_0_x 1'))],
    ['a ConfigMap without the label', () => creating(configMap(OWN, {}, {}))],
    ['a ConfigMap of another name', () => creating(configMap('mine'))],
    ['a ConfigMap with a label of its own', () => creating(configMap(`${OWN}-2`, {}, { labels: { ...OF_DEPLOYMENT, a: 'b' } }))],
    ['a ConfigMap with binary data', () => creating(configMap(`${OWN}-2`, { binaryData: { SSE: 'bWluZQ==' } }))],
    ['a ConfigMap that cannot change', () => creating(configMap(`${OWN}-2`, { immutable: true }))],
    ['a variable that steers a process', () => creating(configMap(`${OWN}-2`, { data: { NODE_OPTIONS: '--import=data:,' } }))],
    ['the same in a ConfigMap that is there', () => patching('ConfigMap', OWN, { data: { LD_PRELOAD: '/mine.so' } })],
    ['a file in a ConfigMap', () => patching('ConfigMap', OWN, { data: { 'mine.sh': 'steal' } })],
    ["a user's ConfigMap", () => patching('ConfigMap', 'users', { data: { key: 'mine' } })],
    ["a user's ConfigMap by a new label", () => patching('ConfigMap', 'users', { metadata: { labels: OF_DEPLOYMENT } })],
    ['its own ConfigMap without the label', () => patching('ConfigMap', OWN, { metadata: { labels: { [RELATIONS_OF]: null } } })],
    ['its own ConfigMap with an annotation', () => patching('ConfigMap', OWN, { metadata: { annotations: { mine: 'yes' } } })],
    ['its own ConfigMap with an owner of another kind', () => patching('ConfigMap', OWN, ownedBy(USERS))],
    ["the deletion of a user's ConfigMap", () => ({ method: 'DELETE', path: stage.ns.path('ConfigMap', 'users') })],
    ['a ConfigMap where nobody opted in', () => creating(configMap(OWN), stage.elsewhere.path('ConfigMap'))],
    [
      "the webhook's settings",
      () => ({
        method: 'PATCH',
        path: `${ORCON}/configmaps/relations-mutating-webhook`,
        body: { data: { 'tenguconfig.yaml': '' } },
      }),
    ],
    ['an Event of somebody else', () => creating(event('kubelet'), stage.ns.path('Event'))],
  ])('%s', async (_, attempt) => {
    const { status, message } = await asController(attempt());
    expect([status, message]).toEqual([403, expect.stringMatching(BY_POLICY)]);
  });

  test("a change of somebody else's Event", async () => {
    const foreign = await eventually('there is an Event of somebody else', async () =>
      (await stage.ns.list<CoreV1Event>('Event')).find(({ source }) => source?.component !== 'relations-controller'),
    );
    const { status, message } = await asController(patching('Event', foreign.metadata?.name ?? '', { message: 'mine' }));
    expect([status, message]).toEqual([403, expect.stringMatching(BY_POLICY)]);
  });
});

describe('by its rights the account is refused', () => {
  test.each<[string, () => Attempt]>([
    ['to read a Secret', () => ({ method: 'GET', path: `${ORCON}/secrets/tengu-controllers-certs` })],
    ['to list Secrets', () => ({ method: 'GET', path: `/api/v1/namespaces/${stage.ns.name}/secrets` })],
    ['to make a Secret', () => creating({ metadata: { name: 'mine' } }, `/api/v1/namespaces/${stage.ns.name}/secrets`)],
    ['to make a pod', () => creating({ metadata: { name: 'mine' } }, stage.ns.path('Pod'))],
    ['to delete a pod', () => ({ method: 'DELETE', path: stage.ns.path('Pod', stage.pod) })],
    ['to run something in a pod', () => ({ method: 'POST', path: `${stage.ns.path('Pod', stage.pod)}/exec?command=steal` })],
    ["to read a pod's log", () => ({ method: 'GET', path: `${stage.ns.path('Pod', stage.pod)}/log` })],
    ["to write a pod's status", () => patching('Pod', `${stage.pod}/status`, {})],
    ['to put a container into a pod that runs', () => patching('Pod', `${stage.pod}/ephemeralcontainers`, {})],
    ['to make a workload', () => creating({ metadata: { name: 'mine' } }, stage.ns.path('Deployment'))],
    ['to replace a workload', () => ({ method: 'PUT', path: stage.ns.path('Deployment', 'web'), body: {} })],
    ['to delete a workload', () => ({ method: 'DELETE', path: stage.ns.path('Deployment', 'web') })],
    ['to scale a workload', () => patching('Deployment', 'web/scale', { spec: { replicas: 3 } })],
    ["to write a workload's status", () => patching('Deployment', 'web/status', {})],
    ['to change a Job', () => patching('Job', 'any', {})],
    ['to change a Service', () => patching('Service', 'sse-endpoint', {})],
    ['to delete all ConfigMaps', () => ({ method: 'DELETE', path: stage.ns.path('ConfigMap') })],
    ['to read Events', () => ({ method: 'GET', path: stage.ns.path('Event') })],
    ['to opt a namespace in', () => ({ method: 'PATCH', path: `/api/v1/namespaces/${stage.elsewhere.name}`, body: {} })],
    ['to ask for a token', () => creating({}, `${ORCON}/serviceaccounts/tengu-controllers/token`)],
    ['to give itself a role', () => creating({}, '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings')],
    [
      'to take its limits away',
      () => ({
        method: 'DELETE',
        path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/tengu-controllers-workloads',
      }),
    ],
    [
      'to write a Lease of another name',
      () => ({ method: 'PUT', path: '/apis/coordination.k8s.io/v1/namespaces/orcon-system/leases/mine', body: {} }),
    ],
    ['to read a node', () => ({ method: 'GET', path: '/api/v1/nodes' })],
  ])('%s', async (_, attempt) => {
    const { status, message } = await asController(attempt());
    expect([status, message]).toEqual([403, expect.stringMatching(BY_RIGHTS)]);
  });
});

describe("the webhook's account is refused", () => {
  const WEBHOOK = 'system:serviceaccount:orcon-system:relations-mutating-webhook';
  test.each([
    `${ORCON}/configmaps/relations-mutating-webhook`,
    `${ORCON}/secrets/tengu-controllers-certs`,
    '/api/v1/namespaces',
    '/api/v1/pods',
  ])('%s', async (path) => {
    expect(await attemptAs(WEBHOOK, { method: 'GET', path })).toMatchObject({
      status: 403,
      message: expect.stringMatching(BY_RIGHTS),
    });
  });
});

describe('the account may', () => {
  const variables = { SSE: 'sse.example', SSE_PORT: '', TENGU_PERMIT_3_xyz: 'given' };
  test.each<[string, () => Attempt]>([
    ['touch a pod that waits', () => patching('Pod', stage.pod, touched('TENGU_PERMIT_0_x 1'))],
    ['make a ConfigMap of relations', () => creating(configMap(`${OWN}-2`, { data: variables }))],
    ['change its data', () => patching('ConfigMap', OWN, { data: { ...variables, SSE_HOST: null } })],
    ['delete it', () => ({ method: 'DELETE', path: stage.ns.path('ConfigMap', OWN) })],
    ['say something in an Event', () => creating(event('relations-controller'), stage.ns.path('Event'))],
  ])('%s', async (_, attempt) => {
    const { status, message } = await asController(attempt());
    expect([status < 300, message]).toEqual([true, '']);
  });

  test('write to a ConfigMap of relations to which somebody else gave a further owner', async () => {
    const name = 'relations-deployment-held';
    const [{ metadata }, users] = await Promise.all([
      stage.ns.read<V1ConfigMap>('ConfigMap', name),
      stage.ns.read<V1ConfigMap>('ConfigMap', 'users'),
    ]);
    const owners = [...(metadata?.ownerReferences ?? []), { ...USERS, uid: users.metadata?.uid }];
    const { object } = await stage.ns.merge<V1ConfigMap>('ConfigMap', name, ownedBy(...owners));
    expect(object.metadata?.ownerReferences?.map(({ kind }) => kind)).toEqual(['Deployment', 'ConfigMap']);
    expect(await asController(patching('ConfigMap', name, { data: variables }))).toMatchObject({ status: 200, message: '' });
  });
});
