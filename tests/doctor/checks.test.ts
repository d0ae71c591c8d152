import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { checkCluster } from '../../doctor/cluster.ts';
import { type Finding, lineOf } from '../../doctor/finding.ts';
import { checkGiven } from '../../doctor/given.ts';
import { checkDocker, checkRegistries, registriesOf } from '../../doctor/images.ts';
import { checkKinds } from '../../doctor/kinds.ts';
import { checkRights } from '../../doctor/rights.ts';
import { checkTaken } from '../../doctor/taken.ts';
import { type Wanted, wantedOf } from '../../doctor/wanted.ts';
import { checkWayOut } from '../../doctor/way-out.ts';
import { runProgram } from '../../local/offline/program.ts';
import { type Right, StandIn } from './stand-in.ts';

jest.setTimeout(120_000);

/** A stack that makes all itself, and one where others give what can be given. */
let own: Wanted;
let given: Wanted;
const OWN = { priorityClass: 'system-cluster-critical' };
const GIVEN = {
  ...OWN,
  createNamespace: 'false',
  namespaces: '["shop"]',
  certificateSecret: 'hook-tls',
  injectCaFrom: 'orcon-system/hook',
  pullSecrets: '["pull"]',
  serviceMonitors: 'true',
  nodeSelector: '{"disk":"ssd"}',
};
beforeAll(async () => {
  const configured = (changes: Readonly<Record<string, string>>) =>
    runProgram('dev', true, Object.fromEntries(Object.entries(changes).map(([key, value]) => [`orcon:config:${key}`, value])));
  own = wantedOf((await configured(OWN)).asked);
  given = wantedOf((await configured(GIVEN)).asked);
});

let cluster: StandIn;
beforeEach(async () => {
  cluster = await StandIn.start();
});
afterEach(() => cluster.stop());

const lines = (findings: readonly Finding[]) => findings.map(lineOf);
const wrongs = (findings: readonly Finding[]) => findings.filter(({ state }) => state === 'wrong').map(({ said }) => said);

describe('the cluster', () => {
  test('is fine when it is new enough and has the time of this machine', async () => {
    expect(lines(await checkCluster(cluster.api))).toEqual([
      'ok    cluster: Kubernetes v1.34.4',
      expect.stringMatching(/^ok {4}clock: [01] s/),
    ]);
  });

  test('has to be new enough', async () => {
    cluster.version = { major: '1', minor: '29+', gitVersion: 'v1.29.9-eks' };
    expect(wrongs(await checkCluster(cluster.api))).toEqual([
      expect.stringContaining('Kubernetes v1.29.9-eks, and orcon needs 1.30'),
    ]);
  });

  test.each([
    [-60_000, /^this machine is \d+ s ahead of the cluster/],
    [60_000, /^this machine is \d+ s behind the cluster/],
  ])('is not a minute away in time: %d ms', async (aheadMs, said) => {
    cluster.aheadMs = aheadMs;
    const now = Date.now();
    // This machine's clock stands still meanwhile, the server's goes on: nearly a minute is left for the answer.
    const [, clock] = await checkCluster(cluster.api, () => now);
    expect(clock).toMatchObject({ state: 'wrong', said: expect.stringMatching(said) });
  });

  test('has to know the user', async () => {
    cluster.answers.set('/version', 401);
    expect(wrongs(await checkCluster(cluster.api))).toEqual([expect.stringContaining('renew the credentials')]);
  });

  test('that does not answer is a failure of the question', async () => {
    const { api } = cluster;
    await cluster.stop();
    await expect(checkCluster(api)).rejects.toThrow('ECONNREFUSED');
    cluster = await StandIn.start();
  });
});

describe('the kinds', () => {
  test('are all served by a cluster as they come', async () => {
    const { findings, resourceOf } = await checkKinds(cluster.api, own);
    expect(lines(findings)).toEqual([expect.stringMatching(/^ok {4}kinds: \d+ /)]);
    expect(resourceOf({ apiVersion: 'apps/v1', kind: 'Deployment' })).toEqual({ group: 'apps', resource: 'deployments' });
    expect(resourceOf({ apiVersion: 'v1', kind: 'Secret' })).toEqual({ group: '', resource: 'secrets' });
  });

  test('are missing where admission registration is off', async () => {
    delete cluster.kinds['/apis/admissionregistration.k8s.io/v1']?.MutatingWebhookConfiguration;
    expect(wrongs((await checkKinds(cluster.api, own)).findings)).toEqual([
      expect.stringMatching(/^MutatingWebhookConfiguration .* is not served: .*admission registration/),
    ]);
  });

  test('are missing where the cluster is older than its policies', async () => {
    delete cluster.kinds['/apis/admissionregistration.k8s.io/v1']?.ValidatingAdmissionPolicy;
    expect(wrongs((await checkKinds(cluster.api, own)).findings)).toEqual([
      expect.stringMatching(/ upgrade the cluster to 1.30$/),
    ]);
  });

  test('are missing where the Prometheus operator is, and is to be told of metrics', async () => {
    expect(wrongs((await checkKinds(cluster.api, given)).findings)).toEqual([
      expect.stringMatching(/^ServiceMonitor of monitoring.coreos.com\/v1 is not served: .*orcon:serviceMonitors/),
    ]);
  });
});

describe('rights', () => {
  const check = async (wanted: Wanted, purpose: 'up' | 'preview' = 'up') =>
    checkRights(cluster.api, await checkKinds(cluster.api, wanted), wanted, purpose);
  const named = ({ verb, resource, group, namespace }: Right) => `${verb} ${resource}.${group} ${namespace}`;

  test('are asked for by every object of the stack, and all that it does in its life', async () => {
    expect(lines(await check(own))).toEqual([expect.stringMatching(/^ok {4}rights: you have all \d+ that up takes/)]);
    const asked = new Set(cluster.asked.map(named));
    const { resourceOf } = await checkKinds(cluster.api, own);
    for (const object of own.objects) {
      const resource = resourceOf(object);
      for (const verb of ['create', 'get', 'list', 'watch', 'patch', 'delete'])
        expect(asked).toContain(`${verb} ${resource?.resource}.${resource?.group} ${object.namespace ?? ''}`);
    }
    expect(asked).toContain('watch pods. orcon-system');
  });

  test('that are missing are told by resource and place', async () => {
    cluster.refuses = ({ resource, verb }) => resource === 'secrets' && ['create', 'patch'].includes(verb);
    expect(wrongs(await check(own))).toEqual(['you may not create, patch secrets in orcon-system']);
  });

  test('that are given out are those of the giver', async () => {
    cluster.refuses = ({ resource, verb, namespace }) =>
      ['escalate', 'bind'].includes(verb) || (resource === 'daemonsets' && verb === 'patch' && namespace === '');
    expect(wrongs(await check(own))).toEqual([
      expect.stringMatching(
        /^you may not patch daemonsets.apps in the cluster, which ClusterRole tengu-controllers gives to orcon: .*may escalate/,
      ),
      expect.stringMatching(
        /^you may not patch daemonsets.apps in the cluster, which ClusterRole tengu-controllers gives to orcon: .*may bind/,
      ),
    ]);
  });

  test('need not be the giver’s where it may escalate and bind', async () => {
    cluster.refuses = ({ resource }) => resource === 'daemonsets';
    expect(wrongs(await check(own))).toEqual([]);
  });

  test('in the namespaces that a stack lists are asked for there', async () => {
    cluster.refuses = ({ resource, namespace, verb }) => resource === 'roles' && namespace === 'shop' && verb === 'create';
    expect(wrongs(await check(given))).toEqual(['you may not create roles.rbac.authorization.k8s.io in shop']);
  });

  test('of who previews are to look', async () => {
    cluster.refuses = ({ verb }) => !['get', 'list'].includes(verb);
    expect(lines(await check(own, 'preview'))).toEqual([expect.stringMatching(/^ok {4}rights: .* that preview takes/)]);
  });

  test('of who previews are to look behind Deployments, without which a refresh takes them for broken', async () => {
    cluster.refuses = ({ verb }) => verb !== 'get';
    expect(wrongs(await check(own, 'preview'))).toEqual([
      'you may not list replicasets.apps in orcon-system',
      'you may not list pods in orcon-system',
      'you may not list persistentvolumeclaims in orcon-system',
    ]);
  });
});

describe('names and namespaces', () => {
  const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
  const CONFIGURATIONS = `${ADMISSION}/mutatingwebhookconfigurations`;
  const ALL = `${CONFIGURATIONS}?labelSelector=app.kubernetes.io%2Fpart-of%3Dorcon`;
  const RBAC = '/apis/rbac.authorization.k8s.io/v1';
  const OWN_CONFIGURATION = `${CONFIGURATIONS}/relations-mutating-webhook`;
  const OWN_POLICY = `${ADMISSION}/validatingadmissionpolicies/tengu-controllers-pods`;
  const check = async (wanted: Wanted) => checkTaken(cluster.api, await checkKinds(cluster.api, wanted), wanted);
  const configuration = (namespace: string, list: readonly string[] = [], name = 'relations-mutating-webhook') => ({
    metadata: { name },
    webhooks: [
      {
        clientConfig: { service: { namespace } },
        namespaceSelector: {
          matchExpressions: [
            { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system'] },
            ...(list.length > 0 ? [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: list }] : []),
          ],
        },
      },
    ],
  });
  const binding = (namespace: string) => ({ subjects: [{ kind: 'ServiceAccount', name: 'tengu-controllers', namespace }] });
  const policy = (namespace: string) => ({
    spec: {
      matchConditions: [{ expression: `request.userInfo.username == "system:serviceaccount:${namespace}:tengu-controllers"` }],
    },
  });

  test('are free in a new cluster', async () => {
    expect(lines(await check(own))).toEqual(["ok    names: 6 outside orcon's namespace are free, or its own already"]);
  });

  test('may be this orcon’s own, of an earlier up', async () => {
    cluster.answers.set(OWN_CONFIGURATION, configuration('orcon-system'));
    cluster.answers.set(`${RBAC}/clusterrolebindings/tengu-controllers`, binding('orcon-system'));
    cluster.answers.set(OWN_POLICY, policy('orcon-system'));
    cluster.answers.set(ALL, { items: [configuration('orcon-system')] });
    expect(wrongs(await check(own))).toEqual([]);
  });

  test.each([
    ['MutatingWebhookConfiguration relations-mutating-webhook', OWN_CONFIGURATION, configuration('elsewhere')],
    ['ClusterRoleBinding tengu-controllers', `${RBAC}/clusterrolebindings/tengu-controllers`, binding('elsewhere')],
    ['ValidatingAdmissionPolicy tengu-controllers-pods', OWN_POLICY, policy('elsewhere')],
  ])('are taken by another orcon: %s', async (name, path, answer) => {
    cluster.answers.set(path, answer);
    expect(wrongs(await check(own))).toEqual([
      `${name} is there already, of the orcon in elsewhere: give this one an orcon:instance of its own`,
    ]);
  });

  test('are taken in the namespaces that a stack lists too', async () => {
    cluster.answers.set(`${RBAC}/namespaces/shop/rolebindings/tengu-controllers`, binding('elsewhere'));
    expect(wrongs(await check(given))).toEqual([expect.stringMatching(/^RoleBinding shop\/tengu-controllers is there already/)]);
  });

  test('are looked after by one orcon alone', async () => {
    const listOf = (...list: readonly string[]) => configuration('orcon-blue', list, 'relations-mutating-webhook-blue');
    const said = async (wanted: Wanted, ...list: readonly string[]) => {
      cluster.answers.set(ALL, { items: [listOf(...list)] });
      return wrongs(await check(wanted));
    };
    const both = (shared: string) => [
      `relations-mutating-webhook-blue of the orcon in orcon-blue looks after ${shared} too: list in orcon:namespaces of each what no other has`,
    ];
    expect(await said(own)).toEqual(both('every namespace'));
    expect(await said(own, 'shop')).toEqual(both('shop'));
    expect(await said(given)).toEqual(both('shop'));
    expect(await said(given, 'shop', 'bank')).toEqual(both('shop'));
    expect(await said(given, 'bank')).toEqual([]);
  });

  test('are not found taken by who may not see them', async () => {
    for (const path of [OWN_CONFIGURATION, ALL]) cluster.answers.set(path, 403);
    const found = await check(own);
    expect(wrongs(found)).toEqual([]);
    expect(lines(found).filter((line) => line.startsWith('-')).length).toBe(2);
  });
});

describe('what others make', () => {
  const NODES = '/api/v1/nodes';
  const node = (architecture: string, labels = {}) => ({ metadata: { labels }, status: { nodeInfo: { architecture } } });
  const there = (...paths: readonly string[]) => {
    for (const path of paths) cluster.answers.set(path, { data: { 'tls.crt': 'x', 'tls.key': 'x' } });
  };
  const SECRETS = '/api/v1/namespaces/orcon-system/secrets';
  const PRIORITY = '/apis/scheduling.k8s.io/v1/priorityclasses/system-cluster-critical';
  beforeEach(() => {
    there('/api/v1/namespaces/orcon-system', '/api/v1/namespaces/shop', `${SECRETS}/hook-tls`, `${SECRETS}/pull`, PRIORITY);
    cluster.answers.set(NODES, { items: [node('amd64', { disk: 'ssd' }), node('amd64')] });
  });

  test('is little where the stack makes all itself', async () => {
    expect(lines(await checkGiven(cluster.api, own))).toEqual([
      'ok    priority class: system-cluster-critical is there',
      'ok    nodes: 2, all amd64',
    ]);
  });

  test('is namespaces, certificate, pull secrets and priority class where they are given', async () => {
    expect(lines(await checkGiven(cluster.api, given))).toEqual([
      'ok    namespace: orcon-system is there',
      'ok    namespace: shop is there',
      'ok    secret: orcon-system/hook-tls is there',
      'ok    secret: orcon-system/pull is there',
      'ok    priority class: system-cluster-critical is there',
      'ok    nodes: 1 that orcon:nodeSelector allows, all amd64',
    ]);
  });

  test.each([
    ['a namespace', '/api/v1/namespaces/shop', 404, 'shop is not there: kubectl create namespace shop'],
    ['the certificate', `${SECRETS}/hook-tls`, 404, 'orcon-system/hook-tls is not there: create it first'],
    ['a key of the certificate', `${SECRETS}/hook-tls`, { data: { 'tls.crt': 'x' } }, 'orcon-system/hook-tls has no tls.key'],
    ['all of the certificate', `${SECRETS}/hook-tls`, { data: null }, 'orcon-system/hook-tls has no tls.crt, tls.key'],
    ['a priority class', PRIORITY, 404, 'system-cluster-critical is not there'],
    ['a node of the kind', NODES, { items: [node('amd64')] }, 'there are none that orcon:nodeSelector allows'],
    [
      'the architecture',
      NODES,
      { items: [node('arm64', { disk: 'ssd' })] },
      'are arm64, the images for linux/amd64: set orcon:platform to linux/arm64',
    ],
    [
      'one architecture',
      NODES,
      { items: [node('amd64', { disk: 'ssd' }), node('arm64', { disk: 'ssd' })] },
      'are amd64 and arm64',
    ],
  ])('is missed: %s', async (_, path, answer, said) => {
    cluster.answers.set(path, answer);
    expect(wrongs(await checkGiven(cluster.api, given))).toEqual([expect.stringContaining(said)]);
  });

  test('is not missed by who may not see it', async () => {
    for (const path of [`${SECRETS}/hook-tls`, PRIORITY, NODES]) cluster.answers.set(path, 403);
    const found = await checkGiven(cluster.api, given);
    expect(wrongs(found)).toEqual([]);
    expect(lines(found).filter((line) => line.startsWith('-')).length).toBe(3);
  });
});

describe('the way to the API server', () => {
  const SLICES =
    '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes';
  const at = (...ports: readonly number[]) => ({ items: [{ ports: ports.map((port) => ({ name: 'https', port })) }] });
  const check = async (answer: object | number, wanted: Pick<Wanted, 'apiServerPorts'> = own) => {
    cluster.answers.set(SLICES, answer);
    return lineOf(await checkWayOut(cluster.api, wanted));
  };

  test('is open at the ports that the stack lists', async () => {
    expect(await check(at(6550))).toBe('ok    api server: pods reach it at 6550, where NetworkPolicies let the controller');
  });

  test('is shut at another one', async () => {
    expect(await check(at(6443, 6550))).toMatch(
      /^WRONG api server: pods reach it at 6443, where .* not .*: set orcon:apiServerPorts to \[6443, 6550\]$/,
    );
  });

  test('is not looked for where nothing is in it', async () => {
    const { asked } = await runProgram('dev', true, { 'orcon:config:networkPolicies': 'false' });
    expect(await check(at(6443), wantedOf(asked))).toMatch(/^- {5}api server: no NetworkPolicies/);
  });

  test.each([
    ['may not see it', 403, /^- {5}api server: you may not see .*orcon:apiServerPorts/],
    ['is told nothing of it', { items: [{ ports: null }] }, /^- {5}api server: the cluster does not say/],
    ['finds no such thing', 404, /^- {5}api server: the cluster does not say/],
  ])('is nothing wrong for who %s', async (_, answer, said) => {
    expect(await check(answer)).toMatch(said);
  });
});

describe('what images are made with', () => {
  const pushedTo = (host: string): Wanted => ({ ...own, images: [{ name: `${host}/acme/app:1`, platform: 'linux/amd64' }] });

  test('is a registry that answers', async () => {
    expect(lines(await checkRegistries(pushedTo(cluster.host)))).toEqual([`ok    registry: ${cluster.host} answers`]);
  });

  test.each([
    ['docker.io/acme/orcon-webhook:1', 'registry-1.docker.io'],
    ['index.docker.io/acme/orcon-webhook:1', 'registry-1.docker.io'],
    ['acme/orcon-webhook:1', 'registry-1.docker.io'],
    ['localhost/orcon/webhook:1', 'localhost'],
    ['ghcr.io/acme/orcon/webhook:1', 'ghcr.io'],
  ])('is for %s the registry that answers at %s', (name, host) => {
    expect(registriesOf({ images: [{ name, platform: 'linux/amd64' }] })).toEqual([host]);
  });

  test.each([
    [404, 'answers 404 to /v2/, as no registry does'],
    [500, 'answers 500 to /v2/'],
  ])('is no server that answers %d', async (status, said) => {
    cluster.answers.set('/v2/', status);
    expect(wrongs(await checkRegistries(pushedTo(cluster.host)))).toEqual([expect.stringContaining(said)]);
  });

  test('has to be reached', async () => {
    const { host } = cluster;
    await cluster.stop();
    expect(wrongs(await checkRegistries(pushedTo(host)))).toEqual([expect.stringMatching(/cannot be reached \(.*ECONNREFUSED/)]);
    expect(wrongs([await checkDocker(own, { DOCKER_HOST: `tcp://${host}` })])).toEqual([
      expect.stringContaining('orcon:buildImages: false'),
    ]);
    cluster = await StandIn.start();
  });

  test('is a Docker daemon that answers', async () => {
    const host = `tcp://${cluster.host}`;
    expect(lineOf(await checkDocker(own, { DOCKER_HOST: host }))).toBe(`ok    docker: ${host} answers`);
  });

  test('is not needed for images that are given', async () => {
    const none = { ...own, images: [] };
    expect(lines([await checkDocker(none, {}), ...(await checkRegistries(none))])).toEqual([
      '-     docker: not needed, the images are given',
      '-     registry: not needed, the images are given',
    ]);
  });
});
