import { afterEach, describe, expect, test } from '@jest/globals';
import { findItself, inTheWay } from '../../../local/uninstall/itself.ts';
import { consequences, reportOf } from '../../../local/uninstall/report.ts';
import type { Kind } from '../../../relations/kinds.ts';
import type { Stage } from '../../controller/stage.ts';
import { authorizer } from '../../fake-api/rbac.ts';
import { ADMIN_OF_SHOP } from './admin-of-shop.ts';
import { AfterDestroy } from './after-destroy.ts';

let after: AfterDestroy;
afterEach(() => after.close());

async function report(consumers: (stage: Stage) => void): Promise<readonly string[]> {
  after = await AfterDestroy.of(consumers);
  await after.clean(['nowhere']);
  for (const { name } of (await after.left()).leases)
    after.stage.api.store.delete({ collection: 'leases.coordination.k8s.io', namespace: 'orcon-system', name }, {});
  return reportOf(await after.left(), { objects: [], unseen: [] });
}

describe('what is left', () => {
  test('of workloads names each, and how many of its pods are held', async () => {
    const lines = await report((stage) => {
      stage.consumer('web', { consumes: 'missing' });
      stage.pod('web-1', 'web');
      stage.consumer('api');
    });
    expect(lines).toEqual([
      'workloads that bear its stamp (`npm run uninstall:clean` restores them):',
      '  Deployment shop/api: 0 stamped pods',
      '  Deployment shop/web: 1 stamped pod, 1 held',
      'ConfigMaps with values of relations (deleted once nobody reads them):',
      '  shop/relations-deployment-api',
      '  shop/relations-deployment-web, read by pod web-1',
      'yours, and left alone: the label tengu-injector of namespaces, labels and annotations tengu.io/… of your objects:',
      '  opted in: shop',
    ]);
    expect(consequences(await after.left(), 20)).toEqual([
      'the pods of 2 workloads are replaced, those of 20 at a time, by ones without gate and without the values of their relations (DB_HOST and the like)',
      '1 held pod gives way to one that starts unheld',
      'to keep values, put them into the manifests first: a variable of your own wins already now',
    ]);
  });

  test('of Jobs says what to do with each', async () => {
    const lines = await report((stage) => {
      for (const name of ['held', 'done', 'runs']) stage.consumer(name, { kind: 'Job', consumes: 'missing' });
      stage.pod('held-1', 'held', 'Job');
      stage.patchWorkload('done', { status: { conditions: [{ type: 'Failed', status: 'True' }] } }, 'Job');
    });
    expect(lines.slice(0, 4)).toEqual([
      'Jobs that bear its stamp (a Job cannot be changed):',
      '  Job shop/done: has finished, nothing to do',
      '  Job shop/held: held, and never starts: delete it (kubectl delete job held -n shop) and create it again',
      '  Job shop/runs: under way, and ends as it would have',
    ]);
    expect(consequences({ ...(await after.left()), pods: [] }, 20)).toEqual([]);
  });

  test('in a namespace is listed to who has rights in that alone, and so is what could not be looked at', async () => {
    after = await AfterDestroy.of((stage) => stage.consumer('web'));
    after.stage.api.authorize = authorizer(ADMIN_OF_SHOP);
    const [left, itself] = [await after.left(['shop']), await findItself(after.client, ['shop'])];
    expect(reportOf(left, itself)).toEqual([
      'workloads that bear its stamp (`npm run uninstall:clean` restores them):',
      '  Deployment shop/web: 0 stamped pods',
      'ConfigMaps with values of relations (deleted once nobody reads them):',
      '  shop/relations-deployment-web',
      expect.stringMatching(/^yours, and left alone/),
      '  opted in: shop',
      'not looked at, because you may not:',
      '  in the cluster: MutatingWebhookConfiguration, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, ClusterRole, ClusterRoleBinding, Namespace',
      '  outside shop: Role, RoleBinding, Deployment, Service',
      '  in shop: Lease',
    ]);
    await expect(findItself(after.client, [])).rejects.toThrow('the account needs the verb list on ');
  });

  test('is said to be nothing where there is nothing but what users wrote', async () => {
    expect(await report(() => undefined)).toEqual(['nothing of orcon is left', expect.any(String), '  opted in: shop']);
  });
});

describe('a workload whose pods no roll-out replaces', () => {
  test.each<readonly [string, Kind, object, string]>([
    ['paused', 'Deployment', { paused: true }, 'once you resume it: kubectl rollout resume deployment web -n shop'],
    ['OnDelete', 'StatefulSet', { updateStrategy: { type: 'OnDelete' } }, 'each pod is replaced once you delete it'],
    ['OnDelete', 'DaemonSet', { updateStrategy: { type: 'OnDelete' } }, 'each pod is replaced once you delete it'],
    [
      'with a partition',
      'StatefulSet',
      { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
      'has the partition 2: the pods below are replaced once you lower it',
    ],
  ])('%s, is told before it is restored: %s', async (_, kind, spec, said) => {
    after = await AfterDestroy.of((stage) => stage.consumer('web', { kind, spec: { ...spec } }));
    expect(consequences(await after.left(), 20)).toContainEqual(expect.stringMatching(`^${kind} shop/web: .*${said}$`));
  });
});

describe('what would undo the cleaning', () => {
  const PART_OF = { 'app.kubernetes.io/part-of': 'orcon' };
  const configuration = (name: string, instance: string | undefined, namespaces: readonly string[]) => {
    const matchExpressions = [
      { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system'] },
      ...(namespaces.length > 0 ? [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: namespaces }] : []),
    ];
    const labels = { ...PART_OF, ...(instance && { 'app.kubernetes.io/instance': instance }) };
    after.stage.api.store.create('mutatingwebhookconfigurations.admissionregistration.k8s.io', undefined, {
      metadata: { name, labels },
      webhooks: [{ name, namespaceSelector: { matchExpressions } }],
    });
  };
  const controller = (namespace: string) =>
    after.stage.api.store.create('deployments.apps', namespace, {
      metadata: { name: 'relations-controller', labels: { ...PART_OF, 'app.kubernetes.io/component': 'controller' } },
    });
  const obstacles = async (...namespaces: readonly string[]) => inTheWay(await findItself(after.client, namespaces), namespaces);

  test('is a webhook configuration that looks after every namespace', async () => {
    after = await AfterDestroy.of(() => undefined);
    configuration('hook', undefined, []);
    controller('orcon-system');
    const said = ['MutatingWebhookConfiguration hook is still there and looks after every namespace'];
    expect([await obstacles(), await obstacles('shop')]).toEqual([said, said]);
  });

  test('is not the webhook configuration of another instance, with namespaces of its own', async () => {
    after = await AfterDestroy.of(() => undefined);
    configuration('hook-blue', 'blue', ['billing', 'shop']);
    expect(await obstacles('elsewhere')).toEqual([]);
    expect(await obstacles('elsewhere', 'shop')).toHaveLength(1);
    expect(await obstacles()).toEqual(['MutatingWebhookConfiguration hook-blue is still there and looks after billing, shop']);
  });

  test('is a controller that a broken-off destroy has left behind', async () => {
    after = await AfterDestroy.of(() => undefined);
    controller('orcon-system');
    expect(await obstacles('shop')).toEqual(['Deployment orcon-system/relations-controller is still there']);
  });

  test('is listed as orcon itself', async () => {
    after = await AfterDestroy.of(() => undefined);
    controller('orcon-system');
    expect(reportOf(await after.left(), await findItself(after.client, [])).slice(0, 2)).toEqual([
      'orcon itself (`pulumi destroy` takes it away):',
      '  Deployment orcon-system/relations-controller',
    ]);
  });
});
