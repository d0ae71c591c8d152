/** Private keys: made, read from PEM, and written in the formats of the official provider. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, webcrypto } from 'node:crypto';
import { promisify } from 'node:util';

export type KeyAlgorithm = 'RSA' | 'ECDSA' | 'ED25519';
export const KEY_ALGORITHMS: readonly KeyAlgorithm[] = ['RSA', 'ECDSA', 'ED25519'];

/** Node's curve names, by the provider's. */
const CURVES: Readonly<Record<string, string>> = { P224: 'secp224r1', P256: 'prime256v1', P384: 'secp384r1', P521: 'secp521r1' };
export const CURVE_NAMES: readonly string[] = Object.keys(CURVES);

const generate = promisify(generateKeyPair);

export interface KeyRequest {
  readonly algorithm: KeyAlgorithm;
  readonly rsaBits: number;
  readonly ecdsaCurve: string;
}

export async function generateKey({ algorithm, rsaBits, ecdsaCurve }: KeyRequest): Promise<KeyObject> {
  switch (algorithm) {
    case 'RSA':
      return (await generate('rsa', { modulusLength: rsaBits })).privateKey;
    case 'ECDSA':
      return (await generate('ec', { namedCurve: CURVES[ecdsaCurve] ?? ecdsaCurve })).privateKey;
    case 'ED25519':
      return (await generate('ed25519', {})).privateKey;
  }
}

/** Reads a private key in any usual PEM form. Throws without repeating anything of it. */
export function readKey(pem: string, property: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error(`tls: ${property} holds no private key in PEM form; pass the privateKeyPem of a tls.PrivateKey`);
  }
}

/** The algorithm of a key. Throws on one that the provider does not know. */
export function algorithmOf(key: KeyObject): KeyAlgorithm {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return 'RSA';
    case 'ec':
      return 'ECDSA';
    case 'ed25519':
      return 'ED25519';
    default:
      throw new Error(`tls: keys of type ${key.asymmetricKeyType} are not supported; use ${KEY_ALGORITHMS.join(', ')}`);
  }
}

/** The private key as PEM in the form that is usual for its algorithm: PKCS#1, SEC 1 or PKCS#8. */
export function privateKeyPem(key: KeyObject): string {
  const forms = { RSA: 'pkcs1', ECDSA: 'sec1', ED25519: 'pkcs8' } as const;
  return String(key.export({ format: 'pem', type: forms[algorithmOf(key)] }));
}

export function privateKeyPkcs8(key: KeyObject): string {
  return String(key.export({ format: 'pem', type: 'pkcs8' }));
}

/** The public key that belongs to it, as SubjectPublicKeyInfo. */
export function publicKeyPem(key: KeyObject): string {
  return String(createPublicKey(key).export({ format: 'pem', type: 'spki' }));
}

/** The SHA-1 of the public key's DER form, in hex: the id of keys in the state. */
export function keyId(key: KeyObject): string {
  return createHash('sha1')
    .update(createPublicKey(key).export({ format: 'der', type: 'spki' }))
    .digest('hex');
}

type SigningAlgorithm = webcrypto.EcdsaParams | webcrypto.Algorithm;

/** A key pair and the signature algorithm that suits it, as WebCrypto has them. */
export interface SigningKey {
  readonly pair: webcrypto.CryptoKeyPair;
  readonly algorithm: SigningAlgorithm;
}

export async function signingKey(key: KeyObject): Promise<SigningKey> {
  const [importAs, algorithm] = webCryptoAlgorithms(key);
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const privateKey = key.export({ format: 'der', type: 'pkcs8' });
  return {
    pair: {
      publicKey: await webcrypto.subtle.importKey('spki', publicKey, importAs, true, ['verify']),
      privateKey: await webcrypto.subtle.importKey('pkcs8', privateKey, importAs, false, ['sign']),
    },
    algorithm,
  };
}

type ImportAlgorithm = webcrypto.EcKeyImportParams | webcrypto.RsaHashedImportParams | webcrypto.Algorithm;

function webCryptoAlgorithms(key: KeyObject): readonly [ImportAlgorithm, SigningAlgorithm] {
  switch (algorithmOf(key)) {
    case 'RSA':
      return [{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, { name: 'RSASSA-PKCS1-v1_5' }];
    case 'ED25519':
      return [{ name: 'Ed25519' }, { name: 'Ed25519' }];
    case 'ECDSA': {
      const curve = key.asymmetricKeyDetails?.namedCurve ?? '';
      const suites: Readonly<Record<string, readonly [string, string]>> = {
        prime256v1: ['P-256', 'SHA-256'],
        secp384r1: ['P-384', 'SHA-384'],
        secp521r1: ['P-521', 'SHA-512'],
      };
      const suite = suites[curve];
      if (suite === undefined)
        throw new Error(`tls: certificates with keys on curve ${curve} are not served here; use P256, P384 or P521`);
      const [namedCurve, hash] = suite;
      return [
        { name: 'ECDSA', namedCurve },
        { name: 'ECDSA', hash },
      ];
    }
  }
}
