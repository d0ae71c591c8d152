import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Parsed, Source } from './reload.ts';

/** A certificate chain with the private key of its first certificate, checked to belong together. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** When the whole chain has become valid. */
  readonly notBefore: Date;
  /** When the first certificate of the chain expires. */
  readonly notAfter: Date;
  /** Serial number of the first certificate, to tell versions apart in a log. */
  readonly serial: string;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The pair of files as a source to be re-read. */
export const certificateSource = (certFile: string, keyFile: string): Source<Certificate> => ({
  what: 'certificate',
  paths: [certFile, keyFile],
  parse: ([cert = '', key = '']) => readCertificate(cert, key),
  summary: ({ serial, notBefore, notAfter }) => ({ serial, notBefore, notAfter }),
});

/** Reads a PEM chain and a PEM key. Faults never quote the key. */
export function readCertificate(cert: string, key: string): Parsed<Certificate> {
  const faults: string[] = [];
  const chain =
    readOr(faults, 'certificate', () => (cert.match(PEM_CERTIFICATE) ?? []).map((pem) => new X509Certificate(pem))) ?? [];
  const privateKey = readOr(faults, 'key', () => createPrivateKey(key));
  const leaf = chain[0];
  if (leaf === undefined && faults.length === 0) faults.push('certificate: there is no PEM certificate in the file');
  if (leaf === undefined || privateKey === undefined) return { ok: false, faults };
  if (!leaf.checkPrivateKey(privateKey)) {
    return {
      ok: false,
      faults: [`key: is not the key of certificate ${leaf.serialNumber}; both files have to come from one issue`],
    };
  }
  // What TLS itself makes of the pair: it refuses for instance keys that are too short.
  if (readOr(faults, 'certificate', () => createSecureContext({ cert, key })) === undefined) return { ok: false, faults };
  return {
    ok: true,
    value: {
      cert,
      key,
      notBefore: new Date(Math.max(...chain.map((each) => each.validFromDate.getTime()))),
      notAfter: new Date(Math.min(...chain.map((each) => each.validToDate.getTime()))),
      serial: leaf.serialNumber,
    },
  };
}

/** Why clients refuse the certificate at `now`, a line; none while it is valid. */
export function validityFaults(certificate: Certificate, now: Date): readonly string[] {
  const { notBefore, notAfter, serial } = certificate;
  if (now < notBefore) return [`certificate ${serial} is not valid before ${notBefore.toISOString()}`];
  if (now >= notAfter) return [`certificate ${serial} has expired at ${notAfter.toISOString()}; issue a new one`];
  return [];
}

function readOr<T>(faults: string[], what: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    faults.push(`${what}: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}
