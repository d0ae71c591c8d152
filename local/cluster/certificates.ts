import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { API_SERVICE_ADDRESS, NODE_NAME } from './addresses.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const YEAR = 365 * 24 * 60 * 60 * 1000;
/** Clocks of one machine agree, but certificates are often made and used within the same second. */
const BEFORE = 60 * 60 * 1000;

/** The part that one certificate plays: for its bearer, user and group; for those who call it, the names it answers to. */
interface Identity {
  readonly user: string;
  readonly group?: string;
  readonly names?: readonly string[];
  readonly addresses?: readonly string[];
}

/** A certificate and its key, PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Everything secret that a cluster starts with, PEM. */
export interface ClusterKeys {
  readonly authority: string;
  readonly pairs: Readonly<Record<IdentityName, KeyPair>>;
  /** Signs service accounts' tokens; the public half checks them. */
  readonly serviceAccounts: { readonly privateKey: string; readonly publicKey: string };
}

const identities = (nodeAddress: string) =>
  ({
    apiserver: {
      user: 'kube-apiserver',
      names: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'],
      addresses: ['127.0.0.1', API_SERVICE_ADDRESS, nodeAddress],
    },
    'apiserver-to-kubelet': { user: 'kube-apiserver-kubelet-client', group: 'system:masters' },
    admin: { user: 'orcon-admin', group: 'system:masters' },
    'controller-manager': { user: 'system:kube-controller-manager', names: ['localhost'], addresses: ['127.0.0.1'] },
    scheduler: { user: 'system:kube-scheduler', names: ['localhost'], addresses: ['127.0.0.1'] },
    kubelet: {
      user: `system:node:${NODE_NAME}`,
      group: 'system:nodes',
      names: [NODE_NAME, 'localhost'],
      addresses: ['127.0.0.1', nodeAddress],
    },
    proxy: { user: 'system:kube-proxy' },
    coredns: { user: 'system:coredns' },
  }) satisfies Record<string, Identity>;

export type IdentityName = keyof ReturnType<typeof identities>;

/** Makes a new certificate authority and, signed by it, a key pair for every part of a cluster. All hold for a year. */
export async function makeClusterKeys(nodeAddress: string): Promise<ClusterKeys> {
  const keys = await newKeys();
  const authority = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=orcon-embedded',
      keys,
      signingAlgorithm: ALGORITHM,
      serialNumber: serialNumber(),
      ...validity(),
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  const all = identities(nodeAddress);
  const sign = (identity: Identity) => signed(identity, authority, keys);
  const [apiserver, toKubelet, admin, controllers, scheduler, kubelet, proxy, coredns, accounts] = await Promise.all([
    sign(all.apiserver),
    sign(all['apiserver-to-kubelet']),
    sign(all.admin),
    sign(all['controller-manager']),
    sign(all.scheduler),
    sign(all.kubelet),
    sign(all.proxy),
    sign(all.coredns),
    newKeys(),
  ]);
  return {
    authority: authority.toString('pem'),
    pairs: {
      apiserver,
      'apiserver-to-kubelet': toKubelet,
      admin,
      'controller-manager': controllers,
      scheduler,
      kubelet,
      proxy,
      coredns,
    },
    serviceAccounts: {
      privateKey: await pem(accounts.privateKey),
      publicKey: PemConverter.encode(await webcrypto.subtle.exportKey('spki', accounts.publicKey), 'PUBLIC KEY'),
    },
  };
}

async function signed(identity: Identity, authority: X509Certificate, issuer: webcrypto.CryptoKeyPair): Promise<KeyPair> {
  const { user, group, names = [], addresses = [] } = identity;
  const keys = await newKeys();
  const alternatives = [
    ...names.map((value) => ({ type: 'dns' as const, value })),
    ...addresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  const certificate = await X509CertificateGenerator.create(
    {
      subject: [...(group ? [{ O: [group] }] : []), { CN: [user] }],
      issuer: authority.subject,
      publicKey: keys.publicKey,
      signingKey: issuer.privateKey,
      signingAlgorithm: ALGORITHM,
      serialNumber: serialNumber(),
      ...validity(),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([
          ExtendedKeyUsage.clientAuth,
          ...(alternatives.length > 0 ? [ExtendedKeyUsage.serverAuth] : []),
        ]),
        ...(alternatives.length > 0 ? [new SubjectAlternativeNameExtension(alternatives)] : []),
        await AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { certificate: certificate.toString('pem'), key: await pem(keys.privateKey) };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey({ name: ALGORITHM.name, namedCurve: ALGORITHM.namedCurve }, true, ['sign', 'verify']);
}

async function pem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - BEFORE), notAfter: new Date(Date.now() + YEAR) };
}

/** 16 random bytes in hex; the first bit is cleared, because a serial number is a positive integer. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

/** Writes all of it into a folder that only root reads: `ca.crt`, `<name>.crt`, `<name>.key`, `sa.key`, `sa.pub`. */
export function writeClusterKeys(keys: ClusterKeys, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (name: string, text: string) => writeFileSync(join(folder, name), `${text.trimEnd()}\n`, { mode: 0o600 });
  write('ca.crt', keys.authority);
  write('sa.key', keys.serviceAccounts.privateKey);
  write('sa.pub', keys.serviceAccounts.publicKey);
  for (const [name, { certificate, key }] of Object.entries(keys.pairs)) {
    write(`${name}.crt`, certificate);
    write(`${name}.key`, key);
  }
}
