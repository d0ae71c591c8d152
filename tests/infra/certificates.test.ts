import { beforeAll, describe, expect, test } from '@jest/globals';
import { isSecret } from '@pulumi/pulumi';
import { Certificates, type CertificatesArgs } from '../../infra/index.ts';
import { secret } from '../../local/offline/computed.ts';
import { type Deployed, deploy } from './deploy.ts';
import { known } from './known.ts';

const args: CertificatesArgs = {
  service: 'hook',
  namespace: 'home',
  trusted: ['a'],
  signing: 'a',
  authorityLifetime: { validityHours: 1000, renewalHours: 100 },
  lifetime: { validityHours: 90, renewalHours: 9 },
};

async function issue(changes: Partial<CertificatesArgs> = {}) {
  let certificates: Certificates | undefined;
  const deployed = await deploy(() => {
    certificates = new Certificates('tls', { ...args, ...changes });
  });
  if (certificates === undefined) throw new Error('no certificates');
  return { certificates, deployed };
}

describe('with one authority', () => {
  let certificates: Certificates;
  let deployed: Deployed;
  beforeAll(async () => {
    ({ certificates, deployed } = await issue());
  });

  test('every key is on the curve P-256', () => {
    const keys = deployed.resources.filter(({ type }) => type.endsWith(':PrivateKey'));
    expect(keys.map(({ inputs }) => inputs)).toEqual([
      { algorithm: 'ECDSA', ecdsaCurve: 'P256' },
      { algorithm: 'ECDSA', ecdsaCurve: 'P256' },
    ]);
  });

  test('every private key that goes from one resource to another is a secret', () => {
    expect(deployed.get('SelfSignedCert').inputs.privateKeyPem).toEqual(secret('key of tls-ca-a-key\n'));
    expect(deployed.get('CertRequest').inputs.privateKeyPem).toEqual(secret('key of tls-key\n'));
    expect(deployed.get('LocallySignedCert').inputs.caPrivateKeyPem).toEqual(secret('key of tls-ca-a-key\n'));
  });

  test('the certificate is for every name by which the Service is called', () => {
    expect(deployed.get('CertRequest').inputs.dnsNames).toEqual(['hook.home.svc', 'hook.home', 'hook.home.svc.cluster.local']);
  });

  test('the authority may sign certificates and the certificate may serve, each for its own time', () => {
    expect(deployed.get('SelfSignedCert').inputs).toMatchObject({
      isCaCertificate: true,
      allowedUses: expect.arrayContaining(['cert_signing']),
      validityPeriodHours: 1000,
      earlyRenewalHours: 100,
    });
    const leaf = deployed.get('LocallySignedCert').inputs;
    expect(leaf).toMatchObject({
      allowedUses: expect.arrayContaining(['server_auth']),
      validityPeriodHours: 90,
      earlyRenewalHours: 9,
    });
    expect(leaf.isCaCertificate).toBeUndefined();
    expect(leaf.allowedUses).not.toContain('cert_signing');
  });

  test('the bundle is the authority, in base64', async () => {
    expect(Buffer.from(await known(certificates.caBundle), 'base64').toString()).toBe('certificate of tls-ca-a\n');
  });

  test('the private key comes out as a secret', async () => {
    expect(await isSecret(certificates.privateKey)).toBe(true);
  });
});

describe('with two authorities', () => {
  test('the bundle holds both, and the one named signs', async () => {
    const { certificates, deployed } = await issue({ trusted: ['a', 'b'], signing: 'b' });
    expect(Buffer.from(await known(certificates.caBundle), 'base64').toString()).toBe(
      'certificate of tls-ca-a\ncertificate of tls-ca-b\n',
    );
    expect(deployed.get('LocallySignedCert').inputs.caCertPem).toBe('certificate of tls-ca-b\n');
  });

  test('the authorities bear different names, by which a verifier tells them apart', async () => {
    const { deployed } = await issue({ trusted: ['a', 'b'] });
    const names = ['tls-ca-a', 'tls-ca-b'].map((name) => deployed.get('SelfSignedCert', name).inputs.subject.commonName);
    expect(new Set(names).size).toBe(2);
  });

  test('a third run leaves the resources of the remaining one as they are', async () => {
    const both = (await issue({ trusted: ['a', 'b'], signing: 'b' })).deployed;
    const after = (await issue({ trusted: ['b'], signing: 'b' })).deployed;
    for (const one of after.resources) {
      expect(both.resources.find(({ type, name }) => type === one.type && name === one.name)).toEqual(one);
    }
  });
});

test('an authority that is not trusted cannot sign', async () => {
  await expect(issue({ trusted: ['a'], signing: 'b' })).rejects.toThrow('"b" is not among the trusted ones (a)');
});
