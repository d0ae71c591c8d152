import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { KubernetesProvider } from '../../../local/plugins/kubernetes/provider.ts';
import { at, type JsonObject } from '../../../local/plugins/rpc/json.ts';
import { isSecret, reveal, secret, UNKNOWN } from '../../../local/plugins/rpc/properties.ts';
import { type Driver, drive, initFailure, silent } from '../driver.ts';
import { until } from '../until.ts';
import { ApiServer } from './api-server.ts';

const SECRET = { type: 'kubernetes:core/v1:Secret', name: 'certs' };
const CONFIG_MAP = { type: 'kubernetes:core/v1:ConfigMap', name: 'settings' };
const DEPLOYMENT = { type: 'kubernetes:apps/v1:Deployment', name: 'app' };
const NAMESPACE = { type: 'kubernetes:core/v1:Namespace', name: 'shop' };
const CERTS = '/api/v1/namespaces/shop/secrets/certs';

let api: ApiServer;
let driver: Driver;
let kubeconfig: string;
beforeEach(async () => {
  api = new ApiServer();
  kubeconfig = await api.start();
  driver = await drive(new KubernetesProvider('4.34.2', silent));
  await driver.configure({ kubeconfig });
});
afterEach(async () => {
  driver.close();
  await api.stop();
});

const namedSecret = (data: JsonObject = { 'key.pem': 'b25l' }): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'certs', namespace: 'shop' },
  data: secret(data),
});
const configMap = (
  metadata: JsonObject = { name: 'settings', namespace: 'shop' },
  data: JsonObject = { a: '1' },
): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata,
  data,
});

test('it says of itself what the original says', async () => {
  expect(await driver.configure({ kubeconfig })).toEqual({
    acceptSecrets: true,
    supportsPreview: true,
    acceptResources: false,
    supportsAutonaming: true,
  });
});

describe('Check', () => {
  test('gives an unnamed object a name of its logical one and 8 hex digits, and says so', async () => {
    const { inputs } = await driver.check(CONFIG_MAP, configMap({ namespace: 'shop' }));
    expect(inputs.metadata).toEqual({
      namespace: 'shop',
      name: expect.stringMatching(/^settings-[0-9a-f]{8}$/),
      annotations: { 'pulumi.com/autonamed': 'true' },
    });
  });

  test('gives one name for one seed and another for another', async () => {
    const nameFor = async (byte: number) =>
      at((await driver.check(CONFIG_MAP, configMap({}), undefined, new Uint8Array(32).fill(byte))).inputs, 'metadata', 'name');
    expect(await nameFor(1)).toBe(await nameFor(1));
    expect(await nameFor(1)).not.toBe(await nameFor(2));
  });

  test('keeps the name that was given in an earlier run', async () => {
    const { inputs } = await driver.check(CONFIG_MAP, configMap({}));
    const again = await driver.check(CONFIG_MAP, configMap({}, { a: '2' }), inputs, new Uint8Array(32).fill(9));
    expect(at(again.inputs, 'metadata', 'name')).toBe(at(inputs, 'metadata', 'name'));
  });

  test('leaves a name of the program alone', async () => {
    const { inputs } = await driver.check(CONFIG_MAP, configMap());
    expect(inputs).toEqual(configMap());
  });

  test('puts objects without a namespace into the default one', async () => {
    expect(at((await driver.check(CONFIG_MAP, configMap({ name: 'a' }))).inputs, 'metadata', 'namespace')).toBe('default');
  });

  test.each([
    ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
    ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
    ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'],
    ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy'],
    ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding'],
  ])('puts into no namespace what has none: %s %s', async (apiVersion, kind) => {
    const resource = { type: `kubernetes:${apiVersion}:${kind}`, name: 'r' };
    const { inputs } = await driver.check(resource, { apiVersion, kind, metadata: { name: 'r' } });
    expect(inputs.metadata).toEqual({ name: 'r' });
  });

  test("turns a Secret's stringData into base64 data that is secret", async () => {
    const { data: _, ...rest } = namedSecret();
    const { inputs } = await driver.check(SECRET, { ...rest, stringData: secret({ 'key.pem': 'one' }) });
    expect(inputs.stringData).toBeUndefined();
    expect(inputs.data).toEqual(secret({ 'key.pem': 'b25l' }));
  });

  test('leaves unknown values of stringData unknown', async () => {
    const { data: _, ...rest } = namedSecret();
    const { inputs } = await driver.check(SECRET, { ...rest, stringData: { 'key.pem': UNKNOWN, 'ca.pem': 'one' } });
    expect(reveal(inputs.data ?? null)).toEqual({ 'key.pem': UNKNOWN, 'ca.pem': 'b25l' });
  });

  test('refuses generateName and says what to do', async () => {
    const { failures } = await driver.check(CONFIG_MAP, configMap({ generateName: 'a-' }));
    expect(failures).toEqual([{ property: 'metadata.generateName', reason: expect.stringContaining('set metadata.name') }]);
  });

  test('does the same while no cluster can be reached', async () => {
    await api.stop();
    const { inputs, failures } = await driver.check(CONFIG_MAP, configMap({ name: 'a' }));
    expect(failures).toEqual([]);
    expect(inputs.metadata).toEqual({ name: 'a', namespace: 'default' });
  });
});

describe('Create', () => {
  test('is a plain POST under a field manager of the object’s own', async () => {
    const { id, properties } = await driver.create(SECRET, namedSecret());
    expect(id).toBe('shop/certs');
    expect(api.writes).toHaveLength(1);
    expect(api.writes[0]).toMatchObject({ method: 'POST', path: '/api/v1/namespaces/shop/secrets' });
    expect(api.writes[0]?.query.fieldManager).toMatch(/^pulumi-kubernetes-[0-9a-f]{8}$/);
    expect(properties.__fieldManager).toBe(api.writes[0]?.query.fieldManager);
    expect(properties.__initialApiVersion).toBe('v1');
  });

  test('sends the value of a secret and keeps it secret in all that it answers', async () => {
    const { properties } = await driver.create(SECRET, namedSecret());
    expect(api.writes[0]?.body).toMatchObject({ data: { 'key.pem': 'b25l' } });
    expect(isSecret(properties.data)).toBe(true);
    expect(isSecret(at(properties, '__inputs', 'data'))).toBe(true);
  });

  test('keeps secret whatever is secret in the inputs of any kind', async () => {
    const { properties } = await driver.create(CONFIG_MAP, configMap(undefined, { a: secret('hidden'), b: 'open' }));
    expect(isSecret(at(properties, 'data', 'a'))).toBe(true);
    expect(at(properties, 'data', 'b')).toBe('open');
  });

  test('fails if the name is taken and leaves the other object alone', async () => {
    await driver.create(SECRET, namedSecret());
    await expect(driver.create(SECRET, namedSecret({ a: 'b' }))).rejects.toThrow(
      'Secret "shop/certs" was not successfully created by the Kubernetes API Server: secrets "certs" already exists',
    );
    expect(at(api.objects.get(CERTS), 'data')).toEqual({ 'key.pem': 'b25l' });
  });

  test('says that the cluster is unreachable', async () => {
    await api.stop();
    await expect(driver.create(SECRET, namedSecret())).rejects.toThrow(
      'configured Kubernetes cluster is unreachable: http://127.0.0.1:',
    );
  });

  test('never ends with a code that leaves a pending operation in the stack', async () => {
    api.plan('POST', '/api/v1/namespaces/shop/secrets', 500, { message: 'etcd is away' });
    const failing = driver.create(SECRET, namedSecret());
    await expect(failing).rejects.toMatchObject({ code: 9, details: expect.stringContaining('etcd is away') });
  });
});

describe('preview', () => {
  test('of a create is a dry run of server-side apply', async () => {
    const { id, properties } = await driver.create(SECRET, namedSecret(), { preview: true });
    expect(id).toBe('');
    expect(api.writes).toHaveLength(1);
    expect(api.writes[0]).toMatchObject({
      method: 'PATCH',
      path: CERTS,
      contentType: 'application/apply-patch+yaml',
      query: { dryRun: 'All' },
    });
    expect(properties.data).toEqual(secret({ 'key.pem': 'b25l' }));
    expect(api.objects.size).toBe(0);
  });

  test('of something unknown echoes the inputs and asks nobody', async () => {
    const inputs = namedSecret({ 'key.pem': UNKNOWN });
    expect((await driver.create(SECRET, inputs, { preview: true })).properties).toEqual(inputs);
    expect(api.requests).toEqual([]);
  });

  test.each([
    ['no cluster', async () => api.stop()],
    ['no such namespace yet', async () => api.plan('PATCH', CERTS, 404, { message: 'namespaces "shop" not found' })],
    ['no right to write', async () => api.plan('PATCH', CERTS, 403, { message: 'forbidden' })],
    ['the name is taken', async () => api.plan('PATCH', CERTS, 409, conflictWith('kubectl'))],
  ])('of a create with %s echoes the inputs', async (_, prepare) => {
    await prepare();
    expect((await driver.create(SECRET, namedSecret(), { preview: true })).properties).toEqual(namedSecret());
  });

  test('fails where a webhook or the API server refuses the object', async () => {
    api.plan('PATCH', CERTS, 422, { message: 'Secret "certs" is invalid' });
    await expect(driver.create(SECRET, namedSecret(), { preview: true })).rejects.toThrow('Secret "certs" is invalid');
  });
});

function conflictWith(manager: string): JsonObject {
  const message = `conflict with "${manager}" using v1`;
  return {
    message: `Apply failed with 1 conflict: ${message}: .data.a`,
    reason: 'Conflict',
    details: { causes: [{ message, field: '.data.a' }] },
  };
}

describe('a custom resource', () => {
  const MONITOR = { type: 'kubernetes:monitoring.coreos.com/v1:ServiceMonitor', name: 'orcon' };
  const GROUP = '/apis/monitoring.coreos.com/v1';
  const monitor: JsonObject = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: 'orcon', namespace: 'shop' },
    spec: { endpoints: [{ port: 'metrics' }] },
  };
  const resources = [{ kind: 'ServiceMonitor', name: 'servicemonitors', namespaced: true }];

  test('is previewed as it is given while its definition is missing', async () => {
    expect((await driver.create(MONITOR, monitor, { preview: true })).properties).toMatchObject(monitor);
    expect(api.writes).toEqual([]);
  });

  test('is created once its definition is there', async () => {
    api.plan('GET', GROUP, 404, { reason: 'NotFound', message: 'no such group' });
    api.plan('GET', GROUP, 200, { resources });
    await driver.create(MONITOR, monitor);
    expect(api.writes).toMatchObject([{ method: 'POST', path: `${GROUP}/namespaces/shop/servicemonitors`, body: monitor }]);
  });
});

describe('Update', () => {
  const created = async () => {
    const { properties } = await driver.create(SECRET, namedSecret());
    return { state: properties, inputs: namedSecret() };
  };

  test('is a server-side apply by the manager that created the object', async () => {
    const last = await created();
    const properties = await driver.update(SECRET, last, namedSecret({ 'key.pem': 'dHdv' }));
    const apply = api.writes.at(-1);
    expect(apply).toMatchObject({ method: 'PATCH', path: CERTS, contentType: 'application/apply-patch+yaml' });
    expect(apply?.query).toEqual({ fieldManager: last.state.__fieldManager, force: 'false' });
    expect(reveal(properties.data ?? null)).toEqual({ 'key.pem': 'dHdv' });
    expect(isSecret(properties.data)).toBe(true);
  });

  test('first makes the fields of its own create fields that it applied, once', async () => {
    const last = await created();
    const state = await driver.update(SECRET, last, namedSecret({ 'key.pem': 'dHdv' }));
    const [, adopt] = api.writes;
    expect(adopt).toMatchObject({ contentType: 'application/json-patch+json' });
    expect(adopt?.body).toContainEqual({ op: 'replace', path: '/metadata/managedFields/0/operation', value: 'Apply' });
    const before = api.writes.length;
    await driver.update(SECRET, { state, inputs: namedSecret({ 'key.pem': 'dHdv' }) }, namedSecret());
    expect(api.writes).toHaveLength(before + 1);
  });

  test('in preview is a dry run that changes nothing', async () => {
    const last = await created();
    await driver.update(SECRET, last, namedSecret({ 'key.pem': 'dHdv' }), { preview: true });
    expect(api.writes.at(-1)?.query.dryRun).toBe('All');
    expect(at(api.objects.get(CERTS), 'data')).toEqual({ 'key.pem': 'b25l' });
  });

  test('in preview takes no offence at fields of its own create', async () => {
    const last = await created();
    api.plan('PATCH', CERTS, 409, conflictWith(String(last.state.__fieldManager)));
    await driver.update(SECRET, last, namedSecret({ 'key.pem': 'dHdv' }), { preview: true });
    expect(api.writes.at(-1)?.query).toMatchObject({ dryRun: 'All', force: 'true' });
  });

  test.each([true, false])('names the other manager in a conflict (preview: %p)', async (preview) => {
    const { inputs, state } = await created();
    const last = { inputs, state: await driver.update(SECRET, { inputs, state }, namedSecret({ a: 'b25l' })) };
    api.plan('PATCH', CERTS, 409, conflictWith('kubectl'));
    await expect(driver.update(SECRET, last, namedSecret({ a: 'dHdv' }), { preview })).rejects.toThrow(
      /Server-Side Apply field conflict detected: .*conflict with "kubectl".*pulumi.com\/patchForce/,
    );
  });

  test('takes fields over where the object or the provider says so', async () => {
    const last = await created();
    const forced = {
      ...namedSecret(),
      metadata: { name: 'certs', namespace: 'shop', annotations: { 'pulumi.com/patchForce': 'true' } },
    };
    await driver.update(SECRET, last, forced);
    expect(api.writes.at(-1)?.query.force).toBe('true');
  });
});

describe('Read', () => {
  test('gives the live object, so that drift shows in the next Diff and not before', async () => {
    const { properties } = await driver.create(CONFIG_MAP, configMap());
    const path = '/api/v1/namespaces/shop/configmaps/settings';
    api.objects.set(path, { ...api.objects.get(path), data: { a: 'changed by hand', extra: 'not ours' } });
    const last = { state: properties, inputs: configMap() };
    expect((await driver.diff(CONFIG_MAP, last, configMap())).changes).toBe('none');
    const { id, properties: live, inputs } = await driver.read(CONFIG_MAP, 'shop/settings', properties, configMap());
    expect(id).toBe('shop/settings');
    expect((await driver.diff(CONFIG_MAP, { state: live, inputs }, configMap())).detailed).toEqual({
      'data.a': 'UPDATE_REPLACE',
    });
  });

  test('answers with no id for an object that is gone', async () => {
    const { properties } = await driver.create(CONFIG_MAP, configMap());
    api.objects.clear();
    expect((await driver.read(CONFIG_MAP, 'shop/settings', properties, configMap())).id).toBe('');
  });

  test('finds an object by its id and type alone, and tells the inputs that would make it', async () => {
    await driver.create(CONFIG_MAP, configMap());
    const { id, inputs } = await driver.read(CONFIG_MAP, 'shop/settings');
    expect(id).toBe('shop/settings');
    expect(inputs).toEqual(configMap());
  });
});

describe('Delete', () => {
  test('is foreground and returns when the object is gone', async () => {
    const { properties } = await driver.create(SECRET, namedSecret());
    let deletionAsked = false;
    api.onDelete = () => {
      deletionAsked = true;
    };
    const deleted = driver.delete(SECRET, 'shop/certs', properties).then(() => api.objects.has(CERTS));
    const seen = () => api.requests.filter(({ method, path }) => method === 'GET' && path === CERTS).length;
    await until(() => deletionAsked && seen() >= 3);
    api.objects.delete(CERTS);
    expect(await deleted).toBe(false);
    expect(api.writes.at(-1)?.body).toMatchObject({ propagationPolicy: 'Foreground' });
  });

  test('of an object that is gone already is fine', async () => {
    const { properties } = await driver.create(SECRET, namedSecret());
    api.objects.clear();
    await driver.delete(SECRET, 'shop/certs', properties);
    expect(api.writes.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  test('of an object that was made anew meanwhile does not wait for the new one', async () => {
    const { properties } = await driver.create(SECRET, namedSecret());
    api.onDelete = (path) => api.objects.set(path, { metadata: { name: 'certs', uid: 'another' } });
    await driver.delete(SECRET, 'shop/certs', properties);
    expect(api.objects.has(CERTS)).toBe(true);
  });

  test('that hangs on a finalizer fails when the time is up, naming it', async () => {
    const inputs = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
    const { properties } = await driver.create(NAMESPACE, inputs);
    api.onDelete = (path) => api.objects.set(path, { ...api.objects.get(path), spec: { finalizers: ['kubernetes'] } });
    await expect(driver.delete(NAMESPACE, 'shop', properties, 0.01)).rejects.toThrow(
      'Namespace shop is not deleted yet: finalizers ["kubernetes"] are left',
    );
  });

  test('ends when the run is cancelled', async () => {
    const { properties } = await driver.create(SECRET, namedSecret());
    api.onDelete = () => void driver.cancel();
    await expect(driver.delete(SECRET, 'shop/certs', properties)).rejects.toThrow('is not deleted yet');
  });
});

describe('a Deployment', () => {
  const path = '/apis/apps/v1/namespaces/shop/deployments/app';
  const SETS = '/apis/apps/v1/namespaces/shop/replicasets';
  const inputs: JsonObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'app', namespace: 'shop' },
    spec: { replicas: 1, selector: { matchLabels: { app: 'app' } }, template: { metadata: { labels: { app: 'app' } } } },
  };
  const ready = {
    observedGeneration: 1,
    replicas: 1,
    updatedReplicas: 1,
    readyReplicas: 1,
    conditions: [
      { type: 'Available', status: 'True' },
      { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
    ],
  };
  const put = (status: JsonObject) => {
    const live = api.objects.get(path);
    const metadata = { ...Object(live?.metadata), generation: 1 };
    api.objects.set(path, { ...live, metadata, status });
    const ownerReferences = [{ uid: at(live, 'metadata', 'uid') ?? null }];
    api.objects.set(`${SETS}/app-1`, { metadata: { name: 'app-1', ownerReferences } });
  };

  test('that is healthy is none to a refresh, but one that never came up where its ReplicaSets may not be listed', async () => {
    api.objects.set(path, { ...inputs, metadata: { name: 'app', namespace: 'shop', uid: 'u' } });
    put(ready);
    expect((await driver.read(DEPLOYMENT, 'shop/app', {}, inputs)).id).toBe('shop/app');
    api.plan('GET', SETS, 403, { message: 'replicasets.apps is forbidden' });
    const { reasons } = await initFailure(driver.read(DEPLOYMENT, 'shop/app', {}, inputs));
    expect(reasons).toEqual(['Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live']);
  });

  test('is waited for until its pods are ready', async () => {
    const creating = driver.create(DEPLOYMENT, inputs);
    await until(() => api.objects.has(path));
    put({ ...ready, readyReplicas: 0, conditions: [] });
    const looks = () => api.requests.filter((each) => each.method === 'GET' && each.path === path).length;
    const before = looks();
    await until(() => looks() > before + 1);
    put(ready);
    expect((await creating).properties.status).toEqual(ready);
  });

  test('is waited for also while the API server is away for a moment', async () => {
    const creating = driver.create(DEPLOYMENT, inputs);
    await until(() => api.objects.has(path));
    api.plan('GET', path, 503, { message: 'etcd is away' });
    put(ready);
    expect((await creating).id).toBe('shop/app');
    expect(api.planned.get(`GET ${path}`)).toEqual([]);
  });

  test('that does not come up stays in the state, with the reason of its pod', async () => {
    const owner = (uid: string) => ({ ownerReferences: [{ uid }] });
    api.objects.set(`${SETS}/app-1`, {
      metadata: { name: 'app-1', uid: 'set', ...owner('uid-1') },
    });
    const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "no/such"' };
    api.objects.set('/api/v1/namespaces/shop/pods/app-1-x', {
      metadata: { name: 'app-1-x', ...owner('set') },
      status: {
        conditions: [{ type: 'ContainersReady', status: 'False', message: 'containers with unready status: [c]' }],
        containerStatuses: [{ state: { waiting } }],
      },
    });
    const failure = await initFailure(driver.create(DEPLOYMENT, inputs, { timeout: 0.01 }));
    expect(failure.id).toBe('shop/app');
    expect(failure.properties.__inputs).toEqual(inputs);
    expect(failure.reasons).toEqual([
      'the Kubernetes API server reported that "shop/app" failed to fully initialize or become live: \'app\' timed out waiting to be Ready',
      'Minimum number of live Pods was not attained',
      '[Pod app-1-x]: containers with unready status: [c] -- [ImagePullBackOff] Back-off pulling image "no/such"',
    ]);
  });

  test('is not waited for when its annotation says so', async () => {
    const metadata = { name: 'app', namespace: 'shop', annotations: { 'pulumi.com/skipAwait': 'true' } };
    await driver.create(DEPLOYMENT, { ...inputs, metadata });
    expect(api.requests.map(({ method }) => method)).toEqual(['GET', 'POST']); // discovery and create
  });

  test('is waited for as long as its annotation says', async () => {
    const metadata = { name: 'app', namespace: 'shop', annotations: { 'pulumi.com/timeoutSeconds': '0.01' } };
    const { reasons } = await initFailure(driver.create(DEPLOYMENT, { ...inputs, metadata }));
    expect(reasons[0]).toContain('timed out waiting to be Ready');
  });

  test('is no longer waited for when the run is cancelled', async () => {
    const creating = initFailure(driver.create(DEPLOYMENT, inputs));
    await until(() => api.objects.has(path));
    await driver.cancel();
    expect((await creating).reasons[0]).toContain("Resource operation was cancelled for 'app'");
  });

  test('that is not healthy is told by a refresh', async () => {
    const metadata = { name: 'app', namespace: 'shop' };
    api.objects.set(path, { ...inputs, metadata: { ...metadata, uid: 'u' }, status: { conditions: [] } });
    const { reasons } = await initFailure(driver.read(DEPLOYMENT, 'shop/app', {}, inputs));
    expect(reasons).toEqual(['Minimum number of live Pods was not attained']);
  });
});

describe('other provider settings', () => {
  const other = () => kubeconfig.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:9');

  test('that lead to the same server are an update', async () => {
    const diff = await driver.diffConfig(
      { kubeconfig, enableSecretMutable: 'false' },
      { kubeconfig: `${kubeconfig} `, enableSecretMutable: 'true' },
    );
    expect(diff).toMatchObject({ changes: 'some', replaces: [], diffs: ['enableSecretMutable', 'kubeconfig'] });
  });

  test('that lead to another server replace the provider', async () => {
    expect((await driver.diffConfig({ kubeconfig }, { kubeconfig: other() })).replaces).toEqual(['kubeconfig']);
  });

  test('under the same clusterIdentifier are an update', async () => {
    const diff = await driver.diffConfig({ kubeconfig, clusterIdentifier: 'a' }, { kubeconfig: other(), clusterIdentifier: 'a' });
    expect(diff).toMatchObject({ changes: 'some', replaces: [] });
  });

  test('that are the same are no change', async () => {
    expect((await driver.diffConfig({ kubeconfig }, { kubeconfig })).changes).toBe('none');
  });

  test('that name a context which does not exist fail and tell those that do', async () => {
    await expect(driver.configure({ kubeconfig, context: 'prod' })).rejects.toThrow(
      'context "prod" does not exist; the kubeconfig has fake',
    );
  });
});
