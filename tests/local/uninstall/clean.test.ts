import { afterEach, describe, expect, test } from '@jest/globals';
import { isNothing } from '../../../local/uninstall/left.ts';
import { ALL_KINDS, KINDS, type Kind } from '../../../relations/kinds.ts';
import type { Stage } from '../../controller/stage.ts';
import { type StoredObject, type Tree, treeAt } from '../../fake-api/stored-object.ts';
import { AfterDestroy } from './after-destroy.ts';

let after: AfterDestroy;
afterEach(() => after.close());

const opened = async (consumers: (stage: Stage) => void): Promise<AfterDestroy> => {
  after = await AfterDestroy.of(consumers);
  return after;
};

const RESTORED = ALL_KINDS.filter((kind) => KINDS[kind].restamped);
const templateOf = (kind: Kind, object: StoredObject): Tree => KINDS[kind].template.reduce<Tree>(treeAt, object);
const AS_WRITTEN = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'app' }] } };
/** The controller of the kind takes note of the template that comes next. */
function seenAtOnce(stage: Stage, kind: Kind): void {
  const off = stage.api.store.onWrite(({ collection, now }) => {
    if (collection !== `${kind.toLowerCase()}s.apps` || now === undefined) return;
    off();
    stage.patchWorkload('web', { status: { observedGeneration: now.metadata.generation } }, kind);
  });
}
const ANNOTATIONS = { 'tengu.io/consumes': 'db', 'tengu.io/relations': 'db' };

describe('a workload', () => {
  test.each(RESTORED)('of kind %s has the template again that its user wrote, and keeps its own annotations', async (kind) => {
    const { stage } = await opened((it) => it.consumer('web', { kind }));
    expect(templateOf(kind, stage.workload('web', kind))).not.toEqual(AS_WRITTEN);
    await after.clean();
    expect(templateOf(kind, stage.workload('web', kind))).toEqual(AS_WRITTEN);
    expect(stage.workload('web', kind).metadata.annotations).toEqual(ANNOTATIONS);
  });

  test('that somebody changes meanwhile is read again, and both changes count', async () => {
    const { stage } = await opened((it) => it.consumer('web'));
    const conflict = stage.api.faults.add({ verb: 'update', resource: 'deployments.apps' }, { answer: 409 }, 1);
    stage.patchWorkload('web', { metadata: { labels: { edited: 'yes' } } });
    await after.clean();
    expect(conflict.met).toBe(1);
    expect(templateOf('Deployment', stage.workload('web'))).toEqual(AS_WRITTEN);
    expect(stage.workload('web').metadata.labels).toMatchObject({ edited: 'yes' });
  });

  test('that is deleted meanwhile is no failure', async () => {
    const { stage } = await opened((it) => it.consumer('web'));
    stage.api.faults.add({ verb: 'get', resource: 'deployments.apps' }, { answer: 404 });
    expect(await after.clean()).toEqual([]);
  });

  test('that cannot be written is told, and the others are restored', async () => {
    const { stage } = await opened((it) => ['one', 'two'].map((name) => it.consumer(name)));
    stage.api.faults.add({ verb: 'update', name: 'one' }, { answer: 403 });
    after.rollsAtOnce('two');
    expect(await after.clean()).toEqual([expect.stringMatching(/^Deployment shop\/one: update .* 403/)]);
    expect((await after.left()).workloads.map(({ name }) => name)).toEqual(['one']);
    // The next pod of the one that still bears its stamp reads it.
    expect(after.configMaps()).toEqual(['relations-deployment-one']);
  });

  test('whose roll-out does not come through is told as restored', async () => {
    await opened((it) => it.consumer('web'));
    expect(await after.clean()).toEqual([
      'Deployment shop/web: restored, and its roll-out has not come through (kubectl describe it)',
    ]);
    expect((await after.left()).workloads).toEqual([]);
  });

  test.each<readonly [string, Kind, Tree, string]>([
    ['paused', 'Deployment', { paused: true }, 'it is paused'],
    ['OnDelete', 'StatefulSet', { updateStrategy: { type: 'OnDelete' } }, 'OnDelete'],
    ['OnDelete', 'DaemonSet', { updateStrategy: { type: 'OnDelete' } }, 'OnDelete'],
  ])('%s, a %s, is restored, and nobody waits for the pods that its owner replaces', async (_, kind, spec, why) => {
    const { stage } = await opened((it) => it.consumer('web', { kind, spec }));
    stage.pod('web-1', 'web', kind);
    stage.startPod('web-1');
    seenAtOnce(stage, kind);
    // With patience enough for jest to end it, were it waited for.
    expect(await after.clean([], { rollMs: 600_000, endMs: 600_000 })).toEqual([
      `ConfigMap shop/relations-${kind.toLowerCase()}-web: stays for pod web-1; run this again when that is gone`,
    ]);
    expect(after.said).toEqual([expect.stringMatching(`^${kind} shop/web: restored; .*${why}`)]);
    expect(templateOf(kind, stage.workload('web', kind))).toEqual(AS_WRITTEN);
    expect(stage.api.store.list('pods', 'shop', () => true)).toHaveLength(1);
  });

  test('that a webhook of orcon stamps again in the same write is no success', async () => {
    const { stage } = await opened((it) => it.consumer('web'));
    stage.pod('web-1', 'web');
    stage.webhook = true;
    expect(await after.clean()).toEqual([expect.stringMatching(/^Deployment shop\/web: stamped again at once, by a webhook/)]);
    expect(after.said).toEqual([]);
    expect(after.configMaps()).toHaveLength(1);
  });

  test('that orcon never stamped is not written', async () => {
    const { stage } = await opened((it) => {
      it.webhook = false;
      it.consumer('web', { consumes: 'nothing-yet' });
    });
    const since = stage.now;
    await after.clean();
    expect(stage.writes(since).map(({ verb, resource }) => `${verb} ${resource}`)).toEqual(['delete configmaps']);
  });

  test('of another namespace than those named is not looked at', async () => {
    const { stage } = await opened((it) => it.consumer('web'));
    const before = stage.workload('web');
    await after.clean(['elsewhere']);
    expect(stage.workload('web')).toEqual(before);
    expect(after.configMaps()).toHaveLength(1);
  });
});

describe('a held pod', () => {
  test('of a StatefulSet is deleted once the new template is seen, since nothing else would replace it', async () => {
    const { stage } = await opened((it) => it.consumer('web', { kind: 'StatefulSet', consumes: 'missing' }));
    stage.pod('web-0', 'web', 'StatefulSet');
    seenAtOnce(stage, 'StatefulSet');
    await after.clean();
    expect(stage.api.store.list('pods', 'shop', () => true)).toEqual([]);
  });

  test.each<Kind>(['StatefulSet', 'DaemonSet'])('of a %s that replaces what is deleted is deleted likewise', async (kind) => {
    const spec = { updateStrategy: { type: 'OnDelete' } };
    const { stage } = await opened((it) => it.consumer('web', { kind, consumes: 'missing', spec }));
    stage.pod('web-0', 'web', kind);
    seenAtOnce(stage, kind);
    expect(await after.clean([], { rollMs: 600_000 })).toEqual([]);
    expect(stage.api.store.list('pods', 'shop', () => true)).toEqual([]);
    expect(after.configMaps()).toEqual([]);
  });

  test('of a Deployment is left to its roll-out', async () => {
    const { stage } = await opened((it) => it.consumer('web', { consumes: 'missing' }));
    stage.pod('web-1', 'web');
    await after.clean();
    expect(stage.api.store.list('pods', 'shop', () => true)).toHaveLength(1);
  });
});

describe('a ConfigMap', () => {
  test('goes when the last pod that reads it is gone', async () => {
    const { stage } = await opened((it) => it.consumer('web'));
    stage.pod('web-1', 'web');
    stage.startPod('web-1');
    after.rollsAtOnce('web', 'web-1');
    expect(await after.clean()).toEqual([]);
    expect(after.configMaps()).toEqual([]);
    expect(after.said).toEqual(['Deployment shop/web: restored', 'ConfigMap shop/relations-deployment-web: deleted']);
    expect(isNothing(await after.left())).toBe(true);
  });

  test('stays while a pod reads it, and goes in a later run', async () => {
    const { stage } = await opened((it) => it.consumer('web'));
    stage.pod('web-1', 'web');
    after.rollsAtOnce('web');
    expect(await after.clean()).toEqual([
      'ConfigMap shop/relations-deployment-web: stays for pod web-1; run this again when that is gone',
    ]);
    expect(after.configMaps()).toHaveLength(1);
    stage.deletePod('web-1');
    expect(await after.clean()).toEqual([]);
    expect(after.configMaps()).toEqual([]);
  });

  test('of a Job stays with it, because its next pod reads it, and the Job is not written', async () => {
    const { stage } = await opened((it) => it.consumer('batch', { kind: 'Job' }));
    const before = stage.workload('batch', 'Job');
    expect(await after.clean([], { endMs: 60_000 })).toEqual([
      'ConfigMap shop/relations-job-batch: stays for Job batch; run this again when that is gone',
    ]);
    expect(stage.workload('batch', 'Job')).toEqual(before);
  });

  test('of a Job that has finished goes', async () => {
    const { stage } = await opened((it) => it.consumer('batch', { kind: 'Job' }));
    stage.patchWorkload('batch', { status: { conditions: [{ type: 'Complete', status: 'True' }] } }, 'Job');
    expect(await after.clean()).toEqual([]);
    expect(after.configMaps()).toEqual([]);
  });

  test('of a CronJob stays for a Job of its that has not finished', async () => {
    const { stage } = await opened((it) => {
      it.consumer('nightly', { kind: 'CronJob' });
      it.jobOf('nightly', 'nightly-1');
    });
    expect(await after.clean()).toEqual([expect.stringContaining('stays for Job nightly-1')]);
    expect(templateOf('CronJob', stage.workload('nightly', 'CronJob')).spec).toEqual(AS_WRITTEN.spec);
  });

  test('of a user, without the label, is none of ours', async () => {
    const { stage } = await opened(() => undefined);
    stage.api.store.create('configmaps', 'shop', { metadata: { name: 'relations-deployment-mine' } });
    await after.clean();
    expect(after.configMaps()).toEqual(['relations-deployment-mine']);
  });
});

test('a copy of a ConfigMap under a name of a user’s own is left, whatever labels came along', async () => {
  const { stage } = await opened((it) => it.consumer('web'));
  const [original] = stage.api.store.list('configmaps', 'shop', () => true);
  if (original === undefined) throw new Error('there is no ConfigMap');
  const { labels, annotations, ownerReferences } = original.metadata;
  stage.api.store.create('configmaps', 'shop', { metadata: { name: 'web-settings', labels, annotations, ownerReferences } });
  await after.clean();
  expect(after.configMaps()).toEqual(['web-settings']);
});

test("the controllers' Lease goes", async () => {
  const { stage } = await opened(() => undefined);
  const leases = () => stage.api.store.list('leases.coordination.k8s.io', undefined, () => true);
  expect(leases()).toHaveLength(1);
  await after.clean();
  expect(leases()).toEqual([]);
});

test('a Lease of that name that something else holds is left', async () => {
  const { stage } = await opened(() => undefined);
  const target = { metadata: { name: 'relations-controller' }, spec: { holderIdentity: 'crm-7' } };
  stage.api.store.create('leases.coordination.k8s.io', 'crm', target);
  await after.clean();
  const left = stage.api.store.list('leases.coordination.k8s.io', undefined, () => true);
  expect(left.map(({ metadata }) => metadata.namespace)).toEqual(['crm']);
});
