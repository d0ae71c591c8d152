/** How values travel between program and engine, and what providers compute. */

/** How a secret looks on the wire. */
export const secret = (value: unknown) => ({ '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270', value });

/** How a text looks on the wire that is not known before the deployment. */
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** What providers compute, by type: recognisable, and different for each resource. */
export function computed(type: string, name: string): Record<string, unknown> {
  switch (type) {
    case 'tls:index/privateKey:PrivateKey':
      return { privateKeyPem: secret(`key of ${name}\n`) };
    case 'tls:index/certRequest:CertRequest':
      return { certRequestPem: `request of ${name}\n` };
    case 'tls:index/selfSignedCert:SelfSignedCert':
    case 'tls:index/locallySignedCert:LocallySignedCert':
      return { certPem: `certificate of ${name}\n`, validityEndTime: `end of ${name}` };
    case 'docker:index/image:Image':
      return { repoDigest: `digest of ${name}` };
    default:
      return {};
  }
}
