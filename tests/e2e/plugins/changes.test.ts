/**
 * The provider plugins with the real engine on a real cluster, in the words of what the official ones do. One stack is
 * taken from nothing to nothing again; each test starts where the one before it has left the stack.
 */
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { V1ConfigMap, V1Deployment, V1MutatingWebhookConfiguration, V1Namespace, V1Secret } from '@kubernetes/client-node';
import { get, list, merge, remove } from '../harness/api.ts';
import { cluster } from '../harness/cluster.ts';
import { succeed, Trial } from './trial.ts';

const NAMESPACE = `plugins-changes-${process.pid}`;
const SECRET = `/api/v1/namespaces/${NAMESPACE}/secrets/certificate`;
const SERVER = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/server`;
const HOOK = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${NAMESPACE}`;

// Several runs of Pulumi in a test, on a machine that may be doing much else.
jest.setTimeout(5 * 60_000);

let trial: Trial;
beforeAll(async () => {
  trial = await Trial.start(NAMESPACE);
});
afterAll(async () => {
  await remove(HOOK);
  await remove(`/api/v1/namespaces/${NAMESPACE}`);
  trial.end();
});

/** Tells on which line of Pulumi's output something is said; it has to be said. */
function order(output: string): (said: string) => number {
  const lines = output.split('\n');
  return (said) => {
    const index = lines.findIndex((line) => line.includes(said));
    if (index < 0) throw new Error(`nothing says ${said} in\n${output}`);
    return index;
  };
}

/** The digest under which the registry has the tag now. */
function pushedDigest(): Promise<string> {
  const headers = { accept: 'application/vnd.docker.distribution.manifest.v2+json' };
  const url = `http://${cluster.registry}/v2/${NAMESPACE}/image/manifests/1`;
  return new Promise((resolve, reject) => {
    request(url, { method: 'HEAD', headers }, (response) => {
      response.resume();
      resolve(String(response.headers['docker-content-digest']));
    })
      .on('error', reject)
      .end();
  });
}

describe('from nothing', () => {
  test('a preview plans everything and makes nothing', async () => {
    const plan = await trial.plan();
    expect(plan).toHaveLength(14);
    expect(plan.every((step) => step.startsWith('create '))).toBe(true);
    expect(await get<V1Namespace>(`/api/v1/namespaces/${NAMESPACE}`)).toBeUndefined();
  });

  test('an up makes it, and the Deployment runs the image by the digest that the registry has', async () => {
    await succeed(trial.up());
    const digest = await trial.output('digest');
    expect(digest).toBe(`${cluster.registry}/${NAMESPACE}/image@${await pushedDigest()}`);
    const server = await get<V1Deployment>(SERVER);
    expect(server?.spec?.template.spec?.containers[0]?.image).toBe(digest);
    expect(server?.status?.readyReplicas).toBe(1);
    expect(await get<V1MutatingWebhookConfiguration>(HOOK)).toBeDefined();
  });

  test('the state is in files that are replaced as a whole, none beside them that a kill could cut short', () => {
    expect(trial.stateFiles()).toContain('trial.json');
    expect(trial.stateFiles().filter((name) => name.endsWith('.attrs'))).toEqual([]);
  });

  test('no private key is in the state in clear', async () => {
    const key = Buffer.from((await get<V1Secret>(SECRET))?.data?.['key.pem'] ?? '', 'base64').toString();
    expect(key).toContain('BEGIN EC PRIVATE KEY');
    const line = key.split('\n')[1] ?? 'none';
    expect(trial.state()).not.toContain(line);
    expect(trial.state()).not.toContain(Buffer.from(key).toString('base64'));
    expect(trial.state()).not.toContain('PRIVATE KEY');
  });

  test('a second up changes nothing', async () => {
    expect(await trial.plan('--expect-no-changes')).toEqual([]);
    expect(await succeed(trial.up())).toContain('14 unchanged');
  });
});

describe('a change', () => {
  test('of a source file is a new image, and its digest is not known before', async () => {
    trial.writeContent('two');
    expect(await trial.plan()).toEqual(['update Image image', 'update Deployment server']);
    const before = await trial.output('digest');
    await succeed(trial.up());
    expect(await trial.output('digest')).not.toBe(before);
    expect(await trial.output('digest')).toContain(await pushedDigest());
  });

  test('of a certificate is made in place where Secrets are mutable, and the Deployment is not touched', async () => {
    const [secret, server] = [await get<V1Secret>(SECRET), await get<V1Deployment>(SERVER)];
    trial.settings = { ...trial.settings, dnsNames: ['server.trial.svc', 'other.trial.svc'] };
    await succeed(trial.up());
    const [now, serverNow] = [await get<V1Secret>(SECRET), await get<V1Deployment>(SERVER)];
    expect(now?.metadata?.uid).toBe(secret?.metadata?.uid);
    expect(now?.data?.['cert.pem']).not.toBe(secret?.data?.['cert.pem']);
    expect(now?.data?.['key.pem']).toBe(secret?.data?.['key.pem']);
    expect(serverNow?.metadata?.generation).toBe(server?.metadata?.generation);
  });

  test('of an auto-named ConfigMap makes a new one first and rolls over to it', async () => {
    const before = await trial.output('settings');
    expect(before).toMatch(/^settings-[0-9a-f]{8}$/);
    trial.settings = { ...trial.settings, setting: 'two' };
    const plan = await trial.plan();
    expect(plan).toEqual(['replace ConfigMap settings', 'update Deployment server']);
    const at = order(await succeed(trial.up()));
    expect(at('ConfigMap settings created replacement')).toBeLessThan(at('Deployment server updating'));
    expect(at('Deployment server updated')).toBeLessThan(at('ConfigMap settings deleting original'));
    const names = (await list<V1ConfigMap>(`/api/v1/namespaces/${NAMESPACE}/configmaps`)).map(({ metadata }) => metadata?.name);
    expect(names).toContain(await trial.output('settings'));
    expect(names).not.toContain(before);
  });

  test('of a named Secret that is not mutable takes the Deployment down with it', async () => {
    const [secret, server] = [await get<V1Secret>(SECRET), await get<V1Deployment>(SERVER)];
    await trial.having({ secretMutable: false, dnsNames: ['server.trial.svc'] }, async () => {
      expect(await trial.plan()).toEqual(expect.arrayContaining(['replace Secret certificate', 'replace Deployment server']));
      const at = order(await succeed(trial.up()));
      expect(at('Deployment server deleted original')).toBeLessThan(at('Secret certificate deleting original'));
      expect(at('Secret certificate deleted original')).toBeLessThan(at('Secret certificate creating replacement'));
      expect(at('Secret certificate created replacement')).toBeLessThan(at('Deployment server creating replacement'));
    });
    expect((await get<V1Secret>(SECRET))?.metadata?.uid).not.toBe(secret?.metadata?.uid);
    expect((await get<V1Deployment>(SERVER))?.metadata?.uid).not.toBe(server?.metadata?.uid);
    await succeed(trial.up());
  });

  test('by hand shows in a preview with refresh and in no other', async () => {
    await merge(HOOK, { webhooks: null });
    expect(await trial.plan()).toEqual([]);
    expect(await trial.plan('--refresh')).toContain('update MutatingWebhookConfiguration server');
    await succeed(trial.up('--refresh'));
    expect((await get<V1MutatingWebhookConfiguration>(HOOK))?.webhooks).toHaveLength(1);
  });

  test('that brings a certificate into its renewal hours is found by a preview that expects no change', async () => {
    await trial.having({ earlyRenewalHours: 24 }, async () => {
      const { code, stdout } = await trial.run(['preview', '--stack', 'trial', '--refresh', '--expect-no-changes']);
      expect([code === 0, stdout]).toEqual([false, expect.stringContaining('LocallySignedCert server replace')]);
    });
    expect(await trial.plan()).toEqual([]);
  });
});

describe('to nothing', () => {
  test('a destroy takes away also what lost an object by hand before, the webhook configuration first', async () => {
    await remove(SECRET);
    const at = order(await succeed(trial.destroy()));
    expect(at('MutatingWebhookConfiguration server deleted')).toBeLessThan(at('Deployment server deleting'));
    expect(await get<V1Namespace>(`/api/v1/namespaces/${NAMESPACE}`)).toBeUndefined();
    expect(await get<V1MutatingWebhookConfiguration>(HOOK)).toBeUndefined();
    expect(await pushedDigest()).toMatch(/^sha256:/);
  });
});
