/** Keys in OpenSSH's own formats. (RFC 4253 6.6, RFC 5656 3.1, RFC 8709, and openssh-portable's PROTOCOL.key) */
import { createHash, createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { algorithmOf } from './keys.ts';

/** `ssh-ed25519 AAAA…` with a newline; empty for keys that SSH does not know. */
export function publicKeyOpenssh(key: KeyObject): string {
  const blob = publicBlob(key);
  return blob === undefined ? '' : `${blob.subarray(4, 4 + blob.readUInt32BE(0))} ${blob.toString('base64')}\n`;
}

/** Fingerprints of the public key as `ssh-keygen -l` prints them; empty for keys that SSH does not know. */
export function fingerprints(key: KeyObject): { readonly md5: string; readonly sha256: string } {
  const blob = publicBlob(key);
  if (blob === undefined) return { md5: '', sha256: '' };
  const md5 = createHash('md5').update(blob).digest('hex').match(/../g) ?? [];
  return { md5: md5.join(':'), sha256: `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}` };
}

/** The private key as OpenSSH writes it, without a passphrase; empty for keys that SSH does not know. */
export function privateKeyOpenssh(key: KeyObject): string {
  const blob = publicBlob(key);
  if (blob === undefined) return '';
  const check = randomBytes(4);
  const inner = Buffer.concat([check, check, privateFields(key), text('')]);
  const padding = Buffer.from(Array.from({ length: (8 - (inner.length % 8)) % 8 }, (_, index) => index + 1));
  const one = Buffer.from([0, 0, 0, 1]);
  const body = [
    Buffer.from('openssh-key-v1\0'),
    text('none'),
    text('none'),
    text(''),
    one,
    text(blob),
    text(Buffer.concat([inner, padding])),
  ];
  const lines =
    Buffer.concat(body)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}

/** OpenSSH's curve names, by Node's. */
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'nistp256', secp384r1: 'nistp384', secp521r1: 'nistp521' };

function publicBlob(key: KeyObject): Buffer | undefined {
  const algorithm = algorithmOf(key);
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (algorithm === 'ECDSA' && curve === undefined) return undefined; // Node cannot even export P224 as a JWK
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  switch (algorithm) {
    case 'RSA':
      return Buffer.concat([text('ssh-rsa'), integer(jwk.e), integer(jwk.n)]);
    case 'ED25519':
      return Buffer.concat([text('ssh-ed25519'), text(bytes(jwk.x))]);
    case 'ECDSA': {
      const point = Buffer.concat([Buffer.from([4]), bytes(jwk.x), bytes(jwk.y)]);
      return Buffer.concat([text(`ecdsa-sha2-${curve}`), text(curve ?? ''), text(point)]);
    }
  }
}

function privateFields(key: KeyObject): Buffer {
  const jwk = key.export({ format: 'jwk' });
  switch (algorithmOf(key)) {
    case 'RSA':
      return Buffer.concat([text('ssh-rsa'), ...[jwk.n, jwk.e, jwk.d, jwk.qi, jwk.p, jwk.q].map(integer)]);
    case 'ED25519':
      return Buffer.concat([publicBlob(key) ?? Buffer.alloc(0), text(Buffer.concat([bytes(jwk.d), bytes(jwk.x)]))]);
    case 'ECDSA':
      return Buffer.concat([publicBlob(key) ?? Buffer.alloc(0), integer(jwk.d)]);
  }
}

function bytes(base64url: string | undefined): Buffer {
  return Buffer.from(base64url ?? '', 'base64url');
}

/** SSH's `string`: its length, then its bytes. */
function text(content: string | Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(content));
  return Buffer.concat([length, Buffer.from(content)]);
}

/** SSH's `mpint`: without leading zeros, but with one where the first bit is set. */
function integer(base64url: string | undefined): Buffer {
  const raw = bytes(base64url);
  const start = raw.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Buffer.alloc(0) : raw.subarray(start);
  return text((digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}
