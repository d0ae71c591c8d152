import { X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Client, createClient } from '../../../controller/kube/client.ts';
import { reportOf } from '../../../local/certificates/report.ts';
import { isSignedBy, surveyCertificates, type WebhookCertificates } from '../../../local/certificates/survey.ts';
import { plainAccess } from '../../fake-api/access.ts';
import { FakeApi } from '../../fake-api/fake-api.ts';
import { makeAuthority, type TestAuthority } from './authority.ts';

const SERVICE = 'hook.orcon-system.svc';
let a: TestAuthority;
let b: TestAuthority;
let other: TestAuthority;
beforeAll(async () => {
  [a, b, other] = await Promise.all([makeAuthority('hook CA a'), makeAuthority('hook CA b'), makeAuthority('corporate root')]);
});

let api: FakeApi;
let client: Client;
/** What each pod serves. */
const served = new Map<string, X509Certificate>();
beforeEach(async () => {
  served.clear();
  api = await FakeApi.start();
  client = createClient(plainAccess(api.url));
});
afterEach(async () => {
  await client.close();
  await api.stop();
});
afterAll(() => served.clear());

function trust(...authorities: readonly TestAuthority[]): void {
  const caBundle = Buffer.from(authorities.map(({ certificate }) => certificate).join('')).toString('base64');
  api.store.create('mutatingwebhookconfigurations.admissionregistration.k8s.io', undefined, {
    metadata: { name: 'hook', labels: { 'app.kubernetes.io/part-of': 'orcon' } },
    webhooks: [{ clientConfig: { caBundle, service: { name: 'hook', namespace: 'orcon-system' } } }],
  });
}

async function pod(
  name: string,
  by: TestAuthority | undefined,
  { deletionTimestamp, phase }: { readonly deletionTimestamp?: string; readonly phase?: string } = {},
): Promise<void> {
  const labels = { 'app.kubernetes.io/name': 'orcon', 'app.kubernetes.io/component': 'webhook' };
  api.store.create('pods', 'orcon-system', {
    metadata: { name, labels, deletionTimestamp },
    spec: { containers: [{ name: 'webhook', ports: [{ name: 'https', containerPort: 8080 }] }] },
    status: { phase },
  });
  if (by !== undefined) served.set(`orcon-system/${name}:8080`, new X509Certificate((await by.issue(SERVICE)).certificate));
}

async function survey(): Promise<WebhookCertificates> {
  const found = await surveyCertificates(client, async (where) => {
    const certificate = served.get(`${where.namespace}/${where.pod}:${where.port}`);
    if (certificate === undefined) throw new Error('connection refused');
    return certificate;
  });
  if (found[0] === undefined) throw new Error('no webhook configuration');
  return found[0];
}

describe('while authority a gives way to b', () => {
  test('both are needed as long as one pod serves a certificate of a', async () => {
    trust(a, b);
    await pod('one', a);
    await pod('two', b);
    const found = await survey();
    expect(reportOf(found)).toEqual([
      'hook:',
      expect.stringMatching(/^ {2}pod one: until \d{4}-\d\d-\d\d, signed by hook CA a$/),
      expect.stringMatching(/^ {2}pod two: until \d{4}-\d\d-\d\d, signed by hook CA b$/),
      expect.stringMatching(/^ {2}authority hook CA a: until \S+, trusted, needed by 1 pod$/),
      expect.stringMatching(/^ {2}authority hook CA b: until \S+, trusted, needed by 1 pod$/),
    ]);
    expect([isSignedBy(found, 'a'), isSignedBy(found, 'b')]).toEqual([false, false]);
  });

  test('a may go once every pod serves a certificate of b', async () => {
    trust(a, b);
    await pod('one', b);
    await pod('two', b);
    const found = await survey();
    expect(reportOf(found)).toContainEqual(expect.stringMatching(/authority hook CA a: .*, needed by no pod$/));
    expect([isSignedBy(found, 'a'), isSignedBy(found, 'b'), isSignedBy(found, 'hook CA b')]).toEqual([false, true, true]);
  });

  test('nothing is safe while a pod does not say what it serves', async () => {
    trust(a, b);
    await pod('one', b);
    await pod('two', undefined);
    const found = await survey();
    expect(reportOf(found)).toEqual(
      expect.arrayContaining([
        '  pod two: could not be asked: connection refused',
        expect.stringMatching(/authority hook CA a: .*, perhaps needed$/),
      ]),
    );
    expect(isSignedBy(found, 'b')).toBe(false);
  });

  test('a pod that is about to end needs nothing', async () => {
    trust(a, b);
    await pod('one', b);
    await pod('old', a, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(isSignedBy(await survey(), 'b')).toBe(true);
  });

  test.each(['Failed', 'Succeeded'])('a pod that cannot be asked any more, because it is %s, needs nothing', async (phase) => {
    trust(a, b);
    await pod('one', b);
    await pod('evicted', undefined, { phase });
    expect(isSignedBy(await survey(), 'b')).toBe(true);
  });

  test('of several orcons one alone can be looked at', async () => {
    trust(a, b);
    api.store.create('mutatingwebhookconfigurations.admissionregistration.k8s.io', undefined, {
      metadata: {
        name: 'hook-blue',
        labels: { 'app.kubernetes.io/part-of': 'orcon', 'app.kubernetes.io/instance': 'blue' },
      },
      webhooks: [{ clientConfig: { service: { name: 'hook', namespace: 'orcon-blue' } } }],
    });
    const ask = () => Promise.reject(new Error('connection refused'));
    const found = await surveyCertificates(client, ask, 'blue');
    expect(found.map(({ configuration }) => configuration)).toEqual(['hook-blue']);
  });

  test('without a pod nothing is signed by anybody', async () => {
    trust(a, b);
    expect(isSignedBy(await survey(), 'b')).toBe(false);
  });
});

test('a certificate that the API server does not trust is told with its issuer', async () => {
  trust(a);
  await pod('one', other);
  expect(reportOf(await survey())).toContainEqual(
    expect.stringMatching(/signed by corporate root, which the API server does NOT trust$/),
  );
});

test('an authority of the same name and another key has not signed', async () => {
  trust(await makeAuthority('hook CA a'));
  await pod('one', a);
  expect(isSignedBy(await survey(), 'a')).toBe(false);
});
