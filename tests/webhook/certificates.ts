import 'reflect-metadata';
import { KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { type Extension, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';

export interface Pair {
  readonly cert: string;
  readonly key: string;
  /** As Node's X509Certificate writes it. */
  readonly serial: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR_MS = 3_600_000;

/** Issues a self-signed certificate for `localhost`. */
export async function issue({
  notBefore = new Date(Date.now() - HOUR_MS),
  notAfter = new Date(Date.now() + HOUR_MS),
} = {}): Promise<Pair> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const serial = `40${randomBytes(8).toString('hex')}`.toUpperCase();
  const extensions: Extension[] = [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])];
  const certificate = await X509CertificateGenerator.createSelfSigned(
    { name: 'CN=localhost', serialNumber: serial, notBefore, notAfter, keys, signingAlgorithm: ALGORITHM, extensions },
    webcrypto,
  );
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  return { cert: `${certificate.toString('pem')}\n`, key: String(key), serial };
}
