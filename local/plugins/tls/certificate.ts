/** Issuing certificates. */
import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  type Extension,
  type Name,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { arrayOf, type JsonObject } from '../rpc/json.ts';
import { signingKey } from './keys.ts';
import { useExtensions } from './uses.ts';

const HOUR = 3_600_000;
const SERIAL_BYTES = 16;

export interface Issuer {
  readonly name: Name;
  readonly key: KeyObject;
  /** The issuing certificate; undefined for a self-signed one. */
  readonly certificate: X509Certificate | undefined;
}

export interface CertificateRequest {
  readonly subject: Name;
  /** SubjectPublicKeyInfo in DER form. */
  readonly publicKey: ArrayBuffer;
  readonly alternativeNames: readonly Extension[];
  /** The resource's inputs that shape a certificate: validityPeriodHours, allowedUses, isCaCertificate and the key ids. */
  readonly inputs: JsonObject;
  readonly now: Date;
}

export interface IssuedCertificate {
  /** The serial number in decimal. */
  readonly id: string;
  readonly certPem: string;
  /** RFC 3339. */
  readonly validityStartTime: string;
  readonly validityEndTime: string;
}

/** Issues a certificate. The times are whole seconds, as certificates keep them. */
export async function issue(request: CertificateRequest, issuer: Issuer): Promise<IssuedCertificate> {
  const { inputs } = request;
  const notBefore = new Date(Math.floor(request.now.getTime() / 1000) * 1000);
  const notAfter = new Date(notBefore.getTime() + Number(inputs.validityPeriodHours) * HOUR);
  const serialNumber = serial();
  const { pair, algorithm } = await signingKey(issuer.key);
  const certificate = await X509CertificateGenerator.create({
    serialNumber,
    subject: request.subject,
    issuer: issuer.name,
    notBefore,
    notAfter,
    publicKey: request.publicKey,
    signingKey: pair.privateKey,
    signingAlgorithm: algorithm,
    extensions: await extensions(request, issuer),
  });
  return {
    id: BigInt(`0x${serialNumber}`).toString(),
    certPem: `${certificate.toString('pem')}\n`,
    validityStartTime: rfc3339(notBefore),
    validityEndTime: rfc3339(notAfter),
  };
}

/** The certificate in a PEM text. Throws naming the property if there is none. */
export function readCertificate(pem: string, property: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new Error(`tls: ${property} holds no certificate in PEM form; pass the certPem of a tls certificate`);
  }
}

/** The public key of a private one, as certificates carry it. */
export function publicKeyOf(key: KeyObject): ArrayBuffer {
  return new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' })).buffer;
}

async function extensions({ inputs, publicKey, alternativeNames }: CertificateRequest, issuer: Issuer): Promise<Extension[]> {
  const isCa = inputs.isCaCertificate === true;
  const length = Number(inputs.maxPathLength ?? -1);
  const uses = arrayOf(inputs.allowedUses).map(String);
  const result: Extension[] = [
    ...useExtensions(uses),
    new BasicConstraintsExtension(isCa, isCa && length >= 0 ? length : undefined, true),
  ];
  if (isCa || inputs.setSubjectKeyId === true) result.push(await SubjectKeyIdentifierExtension.create(publicKey));
  const authority = await authorityKeyId(inputs, publicKey, issuer);
  if (authority !== undefined) result.push(authority);
  return [...result, ...alternativeNames];
}

/** A signed certificate always names the key id of its issuer if that has one; a self-signed one only when asked to. */
async function authorityKeyId(inputs: JsonObject, publicKey: ArrayBuffer, issuer: Issuer): Promise<Extension | undefined> {
  const asked = inputs.setAuthorityKeyId === true;
  if (issuer.certificate === undefined) return asked ? AuthorityKeyIdentifierExtension.create(publicKey) : undefined;
  const known = issuer.certificate.getExtension(SubjectKeyIdentifierExtension);
  if (known !== null) return new AuthorityKeyIdentifierExtension(known.keyId);
  if (asked)
    throw new Error('tls: setAuthorityKeyId: the certificate of caCertPem has no subject key id; set setSubjectKeyId on it');
  return undefined;
}

/** 127 random bits in hex: positive, and never shorter than its bytes. */
function serial(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function rfc3339(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z');
}
