import * as pulumi from '@pulumi/pulumi';
import * as tls from '@pulumi/tls';

/** One of the two places for a certificate authority. Two, so that a new one is trusted before it signs. */
export type AuthoritySlot = 'a' | 'b';

/** How long a certificate lives, in hours, and how long before its end an `up` makes a new one. */
export interface Lifetime {
  /** Hours from its making to its end. */
  readonly validityHours: pulumi.Input<number>;
  /** Hours before its end from which an `up` makes it anew; fewer than those of its life. */
  readonly renewalHours: pulumi.Input<number>;
}

export interface CertificatesArgs {
  /** Name of the Service that the certificate is for. */
  readonly service: string;
  /** Namespace of that Service. */
  readonly namespace: pulumi.Input<string>;
  /** Authorities that the API server is told to trust. Plain, because each is a resource of its own. */
  readonly trusted: readonly AuthoritySlot[];
  /** The authority that signs the webhook's certificate; one of `trusted`. */
  readonly signing: AuthoritySlot;
  /** How long an authority lives. */
  readonly authorityLifetime: Lifetime;
  /** How long the webhook's certificate lives; no longer than an authority is kept after its renewal was due. */
  readonly lifetime: Lifetime;
}

interface Authority {
  readonly key: tls.PrivateKey;
  readonly certificate: tls.SelfSignedCert;
}

/** Elliptic curve P-256: small, quick to sign with, and spoken by every API server. */
const KEY = { algorithm: 'ECDSA', ecdsaCurve: 'P256' } as const;

/**
 * The TLS material of the webhook: certificate authorities, and a certificate for the Service signed by one of them.
 *
 * A certificate that comes near its end is made anew by any `up` within `renewalHours`; its key stays. An authority is
 * exchanged in three runs, none of which interrupts a call: trust both, sign with the new one, trust the new one alone.
 */
export class Certificates extends pulumi.ComponentResource {
  /** The webhook's certificate, PEM. */
  readonly certificate: pulumi.Output<string>;
  /** Its private key, PEM; a secret. */
  readonly privateKey: pulumi.Output<string>;
  /** All trusted authorities, PEM in base64, as `clientConfig.caBundle` takes it. */
  readonly caBundle: pulumi.Output<string>;
  /** When the webhook's certificate ends, RFC 3339. */
  readonly expires: pulumi.Output<string>;
  /** When the signing authority ends, RFC 3339. */
  readonly authorityExpires: pulumi.Output<string>;

  constructor(name: string, args: CertificatesArgs, opts?: pulumi.ComponentResourceOptions) {
    super('orcon:index:Certificates', name, {}, opts);

    const authorities = new Map(args.trusted.map((slot) => [slot, this.#authority(`${name}-ca-${slot}`, slot, args)]));
    const signing = authorities.get(args.signing);
    if (signing === undefined) {
      throw new pulumi.RunError(
        `${name}: the signing authority "${args.signing}" is not among the trusted ones (${args.trusted.join(', ')}); trust it first.`,
      );
    }
    const key = new tls.PrivateKey(`${name}-key`, KEY, { parent: this });
    const leaf = this.#leaf(name, key, signing, args);

    this.certificate = leaf.certPem;
    this.privateKey = key.privateKeyPem;
    this.caBundle = pulumi
      .all([...authorities.values()].map((authority) => authority.certificate.certPem))
      .apply((certificates) => Buffer.from(certificates.join('')).toString('base64'));
    this.expires = leaf.validityEndTime;
    this.authorityExpires = signing.certificate.validityEndTime;
    this.registerOutputs({ expires: this.expires, authorityExpires: this.authorityExpires });
  }

  #authority(name: string, slot: AuthoritySlot, args: CertificatesArgs): Authority {
    const key = new tls.PrivateKey(`${name}-key`, KEY, { parent: this });
    const certificate = new tls.SelfSignedCert(
      name,
      {
        privateKeyPem: key.privateKeyPem,
        // A name of its own for each slot: a verifier that holds both looks authorities up by name.
        subject: { commonName: `${args.service} CA ${slot}`, organization: 'orcon' },
        isCaCertificate: true,
        setSubjectKeyId: true,
        allowedUses: ['cert_signing', 'crl_signing', 'digital_signature'],
        validityPeriodHours: args.authorityLifetime.validityHours,
        earlyRenewalHours: args.authorityLifetime.renewalHours,
      },
      { parent: this },
    );
    return { key, certificate };
  }

  #leaf(name: string, key: tls.PrivateKey, signing: Authority, args: CertificatesArgs): tls.LocallySignedCert {
    const host = pulumi.interpolate`${args.service}.${args.namespace}`;
    const request = new tls.CertRequest(
      `${name}-request`,
      {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName: args.service, organization: 'orcon' },
        // The API server asks for `<service>.<namespace>.svc`; the other two serve people who test by hand.
        dnsNames: [pulumi.interpolate`${host}.svc`, host, pulumi.interpolate`${host}.svc.cluster.local`],
      },
      { parent: this },
    );
    return new tls.LocallySignedCert(
      `${name}-leaf`,
      {
        certRequestPem: request.certRequestPem,
        caPrivateKeyPem: signing.key.privateKeyPem,
        caCertPem: signing.certificate.certPem,
        setSubjectKeyId: true,
        allowedUses: ['digital_signature', 'server_auth'],
        validityPeriodHours: args.lifetime.validityHours,
        earlyRenewalHours: args.lifetime.renewalHours,
      },
      { parent: this },
    );
  }
}
