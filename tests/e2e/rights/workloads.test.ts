/** Whoever has the controller's token patches workloads. What comes of it, change by change. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { V1Container, V1Deployment, V1ValidatingAdmissionPolicy } from '@kubernetes/client-node';
import { parseRecord, readRecord, writeRecord } from '../../../relations/record.ts';
import { rollPatch } from '../../../relations/roll.ts';
import { strip } from '../../../relations/strip.ts';
import { RELATIONSHIPS, STATUS_INJECTED } from '../../../relations/vocabulary.ts';
import { list, type PatchType } from '../harness/api.ts';
import { eventually } from '../harness/eventually.ts';
import { app, GATE, gate, init, MINE, REFUSED, record, told } from './changes.ts';
import { asController, BY_POLICY, openStage, type RightsStage } from './stage.ts';

let stage: RightsStage;
beforeAll(async () => {
  stage = await openStage();
}, 60_000);
afterAll(() => stage.close());

const patch = (name: string, body: object, type: PatchType = 'strategic-merge') =>
  asController({ method: 'PATCH', path: stage.ns.path('Deployment', name), body, type });

const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
/** The gate's image is known only here. */
async function withGateImage(body: object): Promise<object> {
  return JSON.parse(JSON.stringify(body).replace('"GATE"', JSON.stringify((await gateOf('doomed')).image)));
}
const gateOf = async (name: string): Promise<V1Container> => {
  const { spec } = await stage.ns.read<V1Deployment>('Deployment', name);
  const found = spec?.template.spec?.initContainers?.find((each) => each.name === GATE);
  if (found === undefined) throw new Error(`Deployment ${name} has no gate`);
  return found;
};

describe('a workload is refused', () => {
  test.each(REFUSED)('%s', async (_, body) => {
    const { status, message } = await patch('doomed', await withGateImage(body));
    expect([status, message]).toEqual([403, expect.stringMatching(BY_POLICY)]);
  });

  test('a container of its own, by a record that calls it a gate', async () => {
    const gates = [GATE, 'mine'];
    const forged = writeRecord({ ...stage.record, put: { ...stage.record.put, gates } });
    const { template } = { ...record(forged).spec };
    const body = { spec: { template: { ...template, spec: { initContainers: [{ name: 'mine', ...MINE, env: [told] }] } } } };
    expect(await patch('doomed', body)).toMatchObject({ status: 403, message: expect.stringMatching(BY_POLICY) });
  });

  test('a record that says twice what was put where', async () => {
    const users = JSON.stringify({ ...stage.record.put, configMap: 'users' });
    const forged = writeRecord(stage.record).replace(/}$/, `,"put" :${users}}`);
    expect(parseRecord(forged)?.put.configMap).toBe('users');
    expect(await patch('doomed', record(forged))).toMatchObject({ status: 403, message: expect.stringMatching(BY_POLICY) });
  });

  test("its values behind the user's own, over which they would win there", async () => {
    const { spec } = await stage.ns.read<V1Deployment>('Deployment', 'doomed');
    const [, prepare] = spec?.template.spec?.initContainers ?? [];
    expect(prepare?.envFrom?.map(({ configMapRef }) => configMapRef?.name)).toEqual(['relations-deployment-doomed', 'users']);
    const value = prepare?.envFrom?.toReversed();
    const body = [{ op: 'replace', path: '/spec/template/spec/initContainers/1/envFrom', value }];
    expect(await patch('doomed', body, 'json')).toMatchObject({ status: 403, message: expect.stringMatching(BY_POLICY) });
  });

  test("the user's init container as one that runs beside the app", async () => {
    const { spec } = await stage.ns.read<V1Deployment>('Deployment', 'doomed');
    const own = spec?.template.spec?.initContainers?.find(({ name }) => name === 'prepare');
    const at = '/spec/template/spec';
    const body = [
      { op: 'remove', path: `${at}/initContainers/1` },
      { op: 'add', path: `${at}/containers/0`, value: own },
    ];
    expect(await patch('doomed', body, 'json')).toMatchObject({ status: 403, message: expect.stringMatching(BY_POLICY) });
  });

  test('an image, whether or not the webhook looks at it', async () => {
    expect(await patch('web', app({ image: MINE.image }))).toMatchObject({ status: 403 });
  });

  test.each([
    ['its schedule', { spec: { schedule: '* * * * *' } }],
    ['the limits of its Jobs', { spec: { jobTemplate: { spec: { backoffLimit: 1 } } } }],
    ['labels of its Jobs', { spec: { jobTemplate: { metadata: { labels: { mine: 'yes' } } } } }],
    ['its image', { spec: { jobTemplate: { spec: app({ image: MINE.image }).spec } } }],
  ])('which is a CronJob, %s', async (_, body) => {
    const path = stage.ns.path('CronJob', 'nightly');
    const answer = await asController({ method: 'PATCH', path, body, type: 'strategic-merge' });
    expect([answer.status, answer.message]).toEqual([403, expect.stringMatching(BY_POLICY)]);
  });

  test('everything, where its namespace is not opted in', async () => {
    const path = stage.elsewhere.path('Deployment', 'web');
    const answer = await asController({ method: 'PATCH', path, body: { metadata: { labels: { [RELATIONSHIPS]: 'full' } } } });
    expect([answer.status, answer.message]).toEqual([403, expect.stringContaining('only in namespaces labelled')]);
  });
});

describe('a workload gets', () => {
  test.each(['web', 'doomed'])('a new epoch in its permit and record, as a roll writes them (%s)', async (name) => {
    const { metadata } = await stage.ns.read<V1Deployment>('Deployment', name);
    const rolled = { ...stage.record, name, put: { ...stage.record.put, configMap: `relations-deployment-${name}` } };
    const body = rollPatch(rolled, 1, metadata?.resourceVersion ?? '');
    expect(await patch(name, body)).toMatchObject({ status: 200, message: '' });
  });

  test('a new epoch also where containers are called as the keys of a record are', async () => {
    const { spec, metadata } = await stage.ns.read<V1Deployment>('Deployment', 'keys');
    const found = readRecord(JSON.parse(JSON.stringify(spec?.template)));
    if (found === undefined) throw new Error('Deployment keys bears no stamp');
    expect(Object.keys(found.put.permits)).toEqual(['put', 'permits']);
    expect(await patch('keys', rollPatch(found, 1, metadata?.resourceVersion ?? ''))).toMatchObject({ status: 200, message: '' });
  });

  test('a second gate that is the first in all it says of its security', async () => {
    const { image, securityContext } = await gateOf('doomed');
    const body = init({ name: `${GATE}-2`, image, securityContext, env: [told] });
    expect(await patch('doomed', body)).toMatchObject({ status: 200, message: '' });
  });

  test('its stamp taken off', async () => {
    const { spec, metadata } = JSON.parse(JSON.stringify(await stage.ns.read<V1Deployment>('Deployment', 'doomed')));
    const { [STATUS_INJECTED]: _, ...annotations } = metadata.annotations;
    const body = [
      { op: 'replace', path: '/spec/template', value: strip(spec.template, stage.record) },
      { op: 'replace', path: '/metadata/annotations', value: annotations },
    ];
    expect(await patch('doomed', body, 'json')).toMatchObject({ status: 200, message: '' });
  });

  test.each([
    ['Deployment', 'web'],
    ['CronJob', 'nightly'],
  ] as const)('taken through the webhook by a patch that changes nothing (%s)', async (kind, name) => {
    const answer = await asController({ method: 'PATCH', path: stage.ns.path(kind, name), body: {} });
    expect(answer).toMatchObject({ status: 200, message: '' });
  });

  test('no other gate where the webhook looks at it: it is put back', async () => {
    const answer = await patch('web', gate({ image: MINE.image }));
    const gates = answer.object?.spec.template.spec.initContainers.map(({ image }: V1Container) => image);
    expect([answer.status, gates?.[0]]).toEqual([200, (await gateOf('web')).image]);
  });
});

test('the API server finds nothing amiss in the expressions, for any of the kinds', async () => {
  await eventually('it has looked at them', async () => {
    const found = await list<V1ValidatingAdmissionPolicy>(POLICIES, { labelSelector: 'app.kubernetes.io/part-of=orcon' });
    expect(found.flatMap(({ status }) => status?.typeChecking?.expressionWarnings ?? [])).toEqual([]);
    const looked = found.filter(({ status, metadata }) => status?.observedGeneration === metadata?.generation);
    return looked.length === 4 ? true : undefined;
  });
});
