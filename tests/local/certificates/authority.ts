import 'reflect-metadata';
import { KeyObject, randomBytes, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  type X509CertificateCreateParamsBase,
  X509CertificateGenerator,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR_MS = 3_600_000;

/** An authority of the test's own, as cert-manager's issuers have one. */
export interface TestAuthority {
  /** PEM. */
  readonly certificate: string;
  /** A certificate for these names, and its key, PEM. */
  readonly issue: (...names: readonly string[]) => Promise<{ readonly certificate: string; readonly key: string }>;
}

export async function makeAuthority(name: string): Promise<TestAuthority> {
  const keys = await newKeys();
  const subject = `CN=${name}, O=tests`;
  const extensions = [new BasicConstraintsExtension(true, undefined, true)];
  const own = await X509CertificateGenerator.createSelfSigned({ ...common(), name: subject, keys, extensions }, webcrypto);
  return {
    certificate: `${own.toString('pem')}\n`,
    issue: async (...names) => {
      const { privateKey, publicKey } = await newKeys();
      const extensions = [new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value })))];
      const signed = await X509CertificateGenerator.create(
        { ...common(), subject: `CN=${names[0]}`, issuer: subject, publicKey, signingKey: keys.privateKey, extensions },
        webcrypto,
      );
      const key = KeyObject.from(privateKey).export({ type: 'pkcs8', format: 'pem' });
      return { certificate: `${signed.toString('pem')}\n`, key: String(key) };
    },
  };
}

const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

const common = (): X509CertificateCreateParamsBase => ({
  serialNumber: `40${randomBytes(8).toString('hex')}`,
  notBefore: new Date(Date.now() - HOUR_MS),
  notAfter: new Date(Date.now() + HOUR_MS),
  signingAlgorithm: ALGORITHM,
});
