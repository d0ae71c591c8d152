/** The provider's resource types: what each takes, gives, and is made of. */
import { createHash } from 'node:crypto';
import { Pkcs10CertificateRequest, Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509';
import { type JsonObject, textOf } from '../rpc/json.ts';
import { issue, publicKeyOf, readCertificate } from './certificate.ts';
import {
  algorithmOf,
  generateKey,
  KEY_ALGORITHMS,
  keyId,
  privateKeyPem,
  privateKeyPkcs8,
  publicKeyPem,
  readKey,
  signingKey,
} from './keys.ts';
import { fingerprints, privateKeyOpenssh, publicKeyOpenssh } from './openssh.ts';
import { alternativeNames, subjectName } from './subject.ts';

export interface Made {
  readonly id: string;
  readonly outputs: JsonObject;
}

export interface ResourceType {
  readonly defaults: JsonObject;
  readonly required: readonly string[];
  /** Inputs whose change is a mere update; every other one replaces. */
  readonly updatable: readonly string[];
  /** Properties that only exist once the resource is made. */
  readonly computed: readonly string[];
  readonly secrets: readonly string[];
  readonly make: (inputs: JsonObject, now: Date) => Promise<Made>;
}

const CERTIFICATE_DEFAULTS = { earlyRenewalHours: 0, isCaCertificate: false, setSubjectKeyId: false };
const VALIDITY = ['certPem', 'validityStartTime', 'validityEndTime'];

const privateKey: ResourceType = {
  defaults: { rsaBits: 2048, ecdsaCurve: 'P224' },
  required: ['algorithm'],
  updatable: [],
  computed: [
    'privateKeyPem',
    'privateKeyPemPkcs8',
    'privateKeyOpenssh',
    'publicKeyPem',
    'publicKeyOpenssh',
    'publicKeyFingerprintMd5',
    'publicKeyFingerprintSha256',
  ],
  secrets: ['privateKeyPem', 'privateKeyPemPkcs8', 'privateKeyOpenssh'],
  async make(inputs) {
    const algorithm = KEY_ALGORITHMS.find((each) => each === inputs.algorithm) ?? 'RSA';
    const key = await generateKey({ algorithm, rsaBits: Number(inputs.rsaBits), ecdsaCurve: String(inputs.ecdsaCurve) });
    const { md5, sha256 } = fingerprints(key);
    return {
      id: keyId(key),
      outputs: {
        privateKeyPem: privateKeyPem(key),
        privateKeyPemPkcs8: privateKeyPkcs8(key),
        privateKeyOpenssh: privateKeyOpenssh(key),
        publicKeyPem: publicKeyPem(key),
        publicKeyOpenssh: publicKeyOpenssh(key),
        publicKeyFingerprintMd5: md5,
        publicKeyFingerprintSha256: sha256,
      },
    };
  },
};

const selfSignedCert: ResourceType = {
  defaults: { ...CERTIFICATE_DEFAULTS, setAuthorityKeyId: false },
  required: ['privateKeyPem', 'validityPeriodHours', 'allowedUses'],
  updatable: ['earlyRenewalHours'],
  computed: [...VALIDITY, 'keyAlgorithm', 'readyForRenewal'],
  secrets: ['privateKeyPem'],
  async make(inputs, now) {
    const key = readKey(text(inputs, 'privateKeyPem'), 'privateKeyPem');
    const subject = subjectName(inputs.subject);
    const request = { subject, publicKey: publicKeyOf(key), alternativeNames: alternativeNames(inputs), inputs, now };
    const { id, ...outputs } = await issue(request, { name: subject, key, certificate: undefined });
    return { id, outputs: { ...outputs, keyAlgorithm: algorithmOf(key), readyForRenewal: false } };
  },
};

const certRequest: ResourceType = {
  defaults: {},
  required: ['privateKeyPem'],
  updatable: [],
  computed: ['certRequestPem', 'keyAlgorithm'],
  secrets: ['privateKeyPem'],
  async make(inputs) {
    const key = readKey(text(inputs, 'privateKeyPem'), 'privateKeyPem');
    const { pair, algorithm } = await signingKey(key);
    const request = await Pkcs10CertificateRequestGenerator.create({
      name: subjectName(inputs.subject),
      keys: pair,
      signingAlgorithm: algorithm,
      extensions: [...alternativeNames(inputs)],
    });
    const id = createHash('sha1').update(new Uint8Array(request.rawData)).digest('hex');
    return { id, outputs: { certRequestPem: `${request.toString('pem')}\n`, keyAlgorithm: algorithmOf(key) } };
  },
};

const locallySignedCert: ResourceType = {
  defaults: { ...CERTIFICATE_DEFAULTS, setAuthorityKeyId: false },
  required: ['certRequestPem', 'caPrivateKeyPem', 'caCertPem', 'validityPeriodHours', 'allowedUses'],
  updatable: ['earlyRenewalHours'],
  computed: [...VALIDITY, 'caKeyAlgorithm', 'readyForRenewal'],
  secrets: ['caPrivateKeyPem'],
  async make(inputs, now) {
    const key = readKey(text(inputs, 'caPrivateKeyPem'), 'caPrivateKeyPem');
    const certificate = readCertificate(text(inputs, 'caCertPem'), 'caCertPem');
    const asked = readRequest(text(inputs, 'certRequestPem'));
    const names = asked.extensions.filter((each) => each instanceof SubjectAlternativeNameExtension);
    const request = {
      subject: asked.subjectName,
      publicKey: asked.publicKey.rawData,
      alternativeNames: names,
      inputs,
      now,
    };
    const { id, ...outputs } = await issue(request, { name: certificate.subjectName, key, certificate });
    return { id, outputs: { ...outputs, caKeyAlgorithm: algorithmOf(key), readyForRenewal: false } };
  },
};

/** By the type token that programs use. */
export const RESOURCE_TYPES: Readonly<Record<string, ResourceType>> = {
  'tls:index/privateKey:PrivateKey': privateKey,
  'tls:index/selfSignedCert:SelfSignedCert': selfSignedCert,
  'tls:index/certRequest:CertRequest': certRequest,
  'tls:index/locallySignedCert:LocallySignedCert': locallySignedCert,
};

function readRequest(pem: string): Pkcs10CertificateRequest {
  try {
    return new Pkcs10CertificateRequest(pem);
  } catch {
    throw new Error('tls: certRequestPem holds no certificate request in PEM form; pass the certRequestPem of a tls.CertRequest');
  }
}

function text(inputs: JsonObject, property: string): string {
  return textOf(inputs[property]) ?? '';
}
