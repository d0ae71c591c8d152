import 'reflect-metadata';
import { createPrivateKey, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { X509Certificate as ParsedCertificate } from '@peculiar/x509';
import type { JsonObject } from '../../../local/plugins/rpc/json.ts';
import { isSecret, reveal, UNKNOWN } from '../../../local/plugins/rpc/properties.ts';
import { TlsProvider } from '../../../local/plugins/tls/provider.ts';
import { type Driver, drive } from '../driver.ts';

const KEY = { type: 'tls:index/privateKey:PrivateKey', name: 'key' };
const SELF_SIGNED = { type: 'tls:index/selfSignedCert:SelfSignedCert', name: 'ca' };
const REQUEST = { type: 'tls:index/certRequest:CertRequest', name: 'request' };
const SIGNED = { type: 'tls:index/locallySignedCert:LocallySignedCert', name: 'leaf' };
const HOUR = 3_600_000;

let now = new Date('2030-01-01T00:00:00.500Z');
let driver: Driver;
beforeAll(async () => {
  driver = await drive(new TlsProvider('5.6.1', () => now));
});
afterAll(() => driver.close());

function text(properties: JsonObject, key: string): string {
  return String(reveal(properties[key] ?? null));
}

async function makeKey(inputs: JsonObject = { algorithm: 'ECDSA', ecdsaCurve: 'P256' }) {
  return driver.create(KEY, inputs);
}

async function makeAuthority(more: JsonObject = {}) {
  const key = await makeKey();
  const privateKeyPem = text(key.properties, 'privateKeyPem');
  const inputs = {
    privateKeyPem,
    isCaCertificate: true,
    subject: { commonName: 'orcon', organization: 'tengu' },
    validityPeriodHours: 48,
    allowedUses: ['cert_signing', 'crl_signing', 'digital_signature'],
    ...more,
  };
  return { privateKeyPem, inputs, ...(await driver.create(SELF_SIGNED, inputs)) };
}

async function makeLeaf(more: JsonObject = {}) {
  const authority = await makeAuthority();
  const key = await makeKey();
  const privateKeyPem = text(key.properties, 'privateKeyPem');
  const request = await driver.create(REQUEST, {
    privateKeyPem,
    subject: { commonName: 'hook.orcon-system.svc' },
    dnsNames: ['hook.orcon-system.svc', 'hook.orcon-system.svc.cluster.local'],
    ipAddresses: ['10.96.0.7'],
    uris: ['spiffe://orcon/webhook'],
  });
  const inputs = {
    certRequestPem: text(request.properties, 'certRequestPem'),
    caPrivateKeyPem: authority.privateKeyPem,
    caCertPem: text(authority.properties, 'certPem'),
    validityPeriodHours: 24,
    allowedUses: ['digital_signature', 'server_auth'],
    ...more,
  };
  return { authority, privateKeyPem, inputs, ...(await driver.create(SIGNED, inputs)) };
}

test('it says of itself what the original says', async () => {
  expect(await driver.configure()).toEqual({
    acceptSecrets: false,
    supportsPreview: true,
    acceptResources: true,
    supportsAutonaming: false,
  });
  expect(await driver.version()).toBe('5.6.1');
});

test('Handshake is answered with Unimplemented, as by the original', async () => {
  await expect(driver.handshake()).rejects.toMatchObject({ code: 12 });
});

describe('PrivateKey', () => {
  test.each([
    ['RSA', { algorithm: 'RSA' }, 'rsa', 'BEGIN RSA PRIVATE KEY'],
    ['ECDSA on P256', { algorithm: 'ECDSA', ecdsaCurve: 'P256' }, 'ec', 'BEGIN EC PRIVATE KEY'],
    ['ECDSA on P384', { algorithm: 'ECDSA', ecdsaCurve: 'P384' }, 'ec', 'BEGIN EC PRIVATE KEY'],
    ['ED25519', { algorithm: 'ED25519' }, 'ed25519', 'BEGIN PRIVATE KEY'],
  ])('%s: private and public key belong together, in the usual PEM form', async (_, inputs, type, header) => {
    const { properties } = await makeKey(inputs);
    const pem = text(properties, 'privateKeyPem');
    const key = createPrivateKey(pem);
    expect(key.asymmetricKeyType).toBe(type);
    expect(pem).toContain(header);
    expect(pem.endsWith('\n')).toBe(true);
    expect(createPublicKey(key).export({ type: 'spki', format: 'pem' })).toBe(properties.publicKeyPem);
    expect(createPrivateKey(text(properties, 'privateKeyPemPkcs8')).equals(key)).toBe(true);
  });

  test.each([
    ['RSA', { algorithm: 'RSA' }, /^ssh-rsa AAAA/],
    ['ECDSA', { algorithm: 'ECDSA', ecdsaCurve: 'P384' }, /^ecdsa-sha2-nistp384 AAAA/],
    ['ED25519', { algorithm: 'ED25519' }, /^ssh-ed25519 AAAA/],
  ])('%s: the OpenSSH forms hold one and the same public key', async (_, inputs, form) => {
    const { properties } = await makeKey(inputs);
    const line = text(properties, 'publicKeyOpenssh');
    expect(line).toMatch(form);
    const blob = Buffer.from(line.split(' ')[1] ?? '', 'base64');
    const body = text(properties, 'privateKeyOpenssh').replace(/-----.*-----|\n/g, '');
    expect(Buffer.from(body, 'base64').includes(blob)).toBe(true);
    expect(properties.publicKeyFingerprintSha256).toMatch(/^SHA256:[\w+/]{43}$/);
    expect(properties.publicKeyFingerprintMd5).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
  });

  test('the curve is P224 and the length 2048 bits unless said otherwise', async () => {
    const { properties } = await makeKey({ algorithm: 'ECDSA' });
    expect(properties).toMatchObject({
      ecdsaCurve: 'P224',
      rsaBits: 2048,
      publicKeyOpenssh: '',
      privateKeyOpenssh: expect.anything(),
    });
    expect(createPrivateKey(text(properties, 'privateKeyPem')).asymmetricKeyDetails?.namedCurve).toBe('secp224r1');
  });

  test('the private forms are secret and the public ones are not', async () => {
    const { properties } = await makeKey();
    const secrets = Object.keys(properties).filter((key) => isSecret(properties[key]));
    expect(secrets.sort()).toEqual(['privateKeyOpenssh', 'privateKeyPem', 'privateKeyPemPkcs8']);
  });

  test('its id is a hash of the key', async () => {
    const [one, other] = [await makeKey(), await makeKey()];
    expect(one.id).toMatch(/^[0-9a-f]{40}$/);
    expect(one.id).not.toBe(other.id);
  });

  test('a preview tells nothing of the key and still marks it secret', async () => {
    const { id, properties } = await driver.create(KEY, { algorithm: 'ED25519' }, { preview: true });
    expect(id).toBe('');
    expect(properties.publicKeyPem).toBe(UNKNOWN);
    expect(isSecret(properties.privateKeyPem)).toBe(true);
    expect(text(properties, 'privateKeyPem')).toBe(UNKNOWN);
  });

  test('another algorithm replaces it', async () => {
    const inputs = { algorithm: 'ECDSA', ecdsaCurve: 'P256' };
    const { properties } = await makeKey(inputs);
    const diff = await driver.diff(KEY, { state: properties, inputs }, { algorithm: 'ED25519' });
    expect(diff).toMatchObject({ changes: 'some', deleteBeforeReplace: false, replaces: ['algorithm', 'ecdsaCurve'] });
  });

  test('a default that is written out changes nothing', async () => {
    const { properties } = await makeKey({ algorithm: 'RSA' });
    const last = { state: properties, inputs: { algorithm: 'RSA' } };
    expect((await driver.diff(KEY, last, { algorithm: 'RSA', rsaBits: 2048 })).changes).toBe('none');
  });

  test('Check names the property, the value and what would do', async () => {
    const { failures } = await driver.check(KEY, { algorithm: 'DSA', ecdsaCurve: 'P255' });
    expect(failures).toEqual([
      { property: 'algorithm', reason: 'algorithm must be one of RSA, ECDSA, ED25519, it is "DSA"' },
      { property: 'ecdsaCurve', reason: 'ecdsaCurve must be one of P224, P256, P384, P521, it is "P255"' },
    ]);
    expect((await driver.check(KEY, {})).failures).toEqual([
      { property: 'algorithm', reason: 'Missing required argument: algorithm' },
    ]);
  });
});

describe('certificates', () => {
  test('a CA certificate is one, and signed by its own key', async () => {
    const { properties, privateKeyPem } = await makeAuthority();
    const certificate = new X509Certificate(text(properties, 'certPem'));
    expect(certificate.ca).toBe(true);
    expect(certificate.subject).toBe('O=tengu\nCN=orcon');
    expect(certificate.issuer).toBe(certificate.subject);
    expect(certificate.verify(createPublicKey(createPrivateKey(privateKeyPem)))).toBe(true);
    expect(properties).toMatchObject({ keyAlgorithm: 'ECDSA', readyForRenewal: false });
  });

  test.each([{ algorithm: 'RSA' }, { algorithm: 'ED25519' }, { algorithm: 'ECDSA', ecdsaCurve: 'P384' }])(
    '%p can sign',
    async (inputs) => {
      const privateKeyPem = text((await makeKey(inputs)).properties, 'privateKeyPem');
      const { properties } = await makeAuthority({ privateKeyPem });
      expect(new X509Certificate(text(properties, 'certPem')).verify(createPublicKey(privateKeyPem))).toBe(true);
      expect(properties.keyAlgorithm).toBe(inputs.algorithm);
    },
  );

  test('a signed certificate has the names of its request and the key of the CA behind it', async () => {
    const { properties, authority, privateKeyPem } = await makeLeaf();
    const certificate = new X509Certificate(text(properties, 'certPem'));
    const issuer = new X509Certificate(text(authority.properties, 'certPem'));
    expect(certificate.checkIssued(issuer)).toBe(true);
    expect(certificate.verify(issuer.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(privateKeyPem))).toBe(true);
    expect(certificate.checkHost('hook.orcon-system.svc.cluster.local')).toBeDefined();
    expect(certificate.checkHost('other.orcon-system.svc')).toBeUndefined();
    expect(certificate.checkIP('10.96.0.7')).toBe('10.96.0.7');
    expect(certificate.subjectAltName).toContain('URI:spiffe://orcon/webhook');
    expect(certificate.ca).toBe(false);
  });

  test('the allowed uses are those of the certificate', async () => {
    const { properties } = await makeLeaf();
    const parsed = new ParsedCertificate(text(properties, 'certPem'));
    expect(new X509Certificate(text(properties, 'certPem')).keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(parsed.getExtension('2.5.29.15')?.critical).toBe(true);
  });

  test('a certificate that sets no subject key id has none, and a CA always has one', async () => {
    const keyIds = async (more: JsonObject) => {
      const { properties } = await makeLeaf(more);
      return new ParsedCertificate(text(properties, 'certPem')).getExtension('2.5.29.14');
    };
    expect(await keyIds({})).toBeNull();
    expect(await keyIds({ setSubjectKeyId: true })).not.toBeNull();
    const authority = await makeAuthority();
    expect(new ParsedCertificate(text(authority.properties, 'certPem')).getExtension('2.5.29.14')).not.toBeNull();
  });

  test('it is valid from now, in whole seconds, for the hours that were asked for', async () => {
    const { properties } = await makeLeaf();
    const certificate = new X509Certificate(text(properties, 'certPem'));
    expect(properties).toMatchObject({ validityStartTime: '2030-01-01T00:00:00Z', validityEndTime: '2030-01-02T00:00:00Z' });
    expect(Date.parse(certificate.validFrom)).toBe(Date.parse('2030-01-01T00:00:00Z'));
    expect(Date.parse(certificate.validTo)).toBe(Date.parse('2030-01-02T00:00:00Z'));
  });

  test('its id is its serial number in decimal', async () => {
    const { id, properties } = await makeLeaf();
    expect(BigInt(`0x${new X509Certificate(text(properties, 'certPem')).serialNumber}`).toString()).toBe(id);
  });

  test('the request proves that its maker has the key', async () => {
    const { properties } = await makeKey();
    const request = await driver.create(REQUEST, { privateKeyPem: text(properties, 'privateKeyPem'), dnsNames: ['a.b'] });
    expect(request.id).toMatch(/^[0-9a-f]{40}$/);
    expect(isSecret(request.properties.privateKeyPem)).toBe(true);
    expect(request.properties.certRequestPem).toMatch(
      /^-----BEGIN CERTIFICATE REQUEST-----\n[\s\S]*-----END CERTIFICATE REQUEST-----\n$/,
    );
  });

  test.each([
    ['dnsNames', REQUEST, { dnsNames: ['a.b'] }, { dnsNames: ['a.b', 'c.d'] }, ['dnsNames[1]']],
    ['validityPeriodHours', SIGNED, { validityPeriodHours: 1 }, { validityPeriodHours: 2 }, ['validityPeriodHours']],
    ['certRequestPem', SIGNED, { certRequestPem: 'a' }, { certRequestPem: UNKNOWN }, ['certRequestPem']],
    ['caCertPem', SIGNED, { caCertPem: 'a' }, { caCertPem: 'b' }, ['caCertPem']],
    ['caPrivateKeyPem', SIGNED, { caPrivateKeyPem: 'a' }, { caPrivateKeyPem: 'b' }, ['caPrivateKeyPem']],
    ['privateKeyPem', SELF_SIGNED, { privateKeyPem: 'a' }, { privateKeyPem: 'b' }, ['privateKeyPem']],
    ['allowedUses', SELF_SIGNED, { allowedUses: ['server_auth'] }, { allowedUses: ['client_auth'] }, ['allowedUses[0]']],
    ['subject', SELF_SIGNED, { subject: { commonName: 'a' } }, { subject: { commonName: 'b' } }, ['subject.commonName']],
  ])('a change of %s replaces', async (_, resource, inputs, news, replaces) => {
    const diff = await driver.diff(resource, { state: inputs, inputs }, news);
    expect(diff).toMatchObject({ changes: 'some', replaces });
  });

  test('a change of the renewal hours alone is an update that keeps the certificate', async () => {
    const { inputs, properties } = await makeLeaf();
    const news = { ...inputs, earlyRenewalHours: 1 };
    const diff = await driver.diff(SIGNED, { state: properties, inputs }, news);
    expect(diff).toMatchObject({ changes: 'some', replaces: [], diffs: ['earlyRenewalHours'] });
    const updated = await driver.update(SIGNED, { state: properties, inputs }, news);
    expect(updated).toMatchObject({ certPem: properties.certPem, earlyRenewalHours: 1 });
  });

  test('within its renewal hours a plain Diff asks for a replacement, and before that for nothing', async () => {
    now = new Date('2030-01-01T00:00:00.000Z');
    const { inputs, properties } = await makeLeaf({ earlyRenewalHours: 6 });
    const last = { state: properties, inputs };
    now = new Date(now.getTime() + 18 * HOUR - 1);
    expect((await driver.diff(SIGNED, last, inputs)).changes).toBe('none');
    now = new Date(now.getTime() + 1);
    expect(await driver.diff(SIGNED, last, inputs)).toMatchObject({ changes: 'some', replaces: ['readyForRenewal'] });
    expect((await driver.read(SIGNED, 'id', properties, inputs)).properties.readyForRenewal).toBe(true);
    now = new Date('2030-01-01T00:00:00.500Z');
  });

  test('Check refuses a use that does not exist and a CA without a name', async () => {
    const inputs = { privateKeyPem: 'x', validityPeriodHours: 1, allowedUses: ['server'], isCaCertificate: true };
    const { failures } = await driver.check(SELF_SIGNED, inputs);
    expect(failures.map((each) => each.property)).toEqual(['allowedUses', 'subject']);
    expect(failures[0]?.reason).toMatch(/^"server" is no key use; known are any_extended, /);
  });

  test('a key that is none is refused without repeating it', async () => {
    const failing = driver.create(SELF_SIGNED, { privateKeyPem: 'hunter2', validityPeriodHours: 1, allowedUses: [] });
    await expect(failing).rejects.toThrow('privateKeyPem holds no private key in PEM form');
    await expect(failing).rejects.not.toThrow('hunter2');
  });
});

test('a signature by the key of a PrivateKey is verified by its public key', async () => {
  const { properties } = await makeKey({ algorithm: 'ED25519' });
  const { sign } = await import('node:crypto');
  const signature = sign(null, Buffer.from('orcon'), text(properties, 'privateKeyPem'));
  expect(verify(null, Buffer.from('orcon'), text(properties, 'publicKeyPem'), signature)).toBe(true);
});

test('a type that is not served is refused by name', async () => {
  await expect(driver.create({ type: 'tls:index/other:Other', name: 'x' }, {})).rejects.toThrow(
    'tls:index/other:Other is not served here',
  );
});
