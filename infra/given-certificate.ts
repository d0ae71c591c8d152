import type * as pulumi from '@pulumi/pulumi';

/** A certificate for the webhook's Service that somebody else issues and renews, such as cert-manager. */
export type GivenCertificate = CaInjection & {
  /** Secret of type `kubernetes.io/tls` in the webhook's namespace. */
  readonly secret: pulumi.Input<string>;
};

/**
 * Where cert-manager's CA injector finds the authority that the API server is to trust, as `namespace/name`: a Certificate, or
 * a Secret with `ca.crt` and the annotation `cert-manager.io/allow-direct-injection: "true"`.
 */
export type CaInjection = { readonly injectCaFrom: pulumi.Input<string> } | { readonly injectCaFromSecret: pulumi.Input<string> };

/**
 * Annotations of a webhook configuration that ask for the injection, and Pulumi to wait for it. The bundle then belongs to the
 * injector, which applies it server-side under its own name: without a `caBundle` of ours, an `up` never touches it. Not by
 * `ignoreChanges`: that would keep the bundle of an authority that was ours before, and send it in each update.
 */
export const injectionAnnotations = (from: CaInjection): Record<string, pulumi.Input<string>> => ({
  ...('injectCaFrom' in from
    ? { 'cert-manager.io/inject-ca-from': from.injectCaFrom }
    : { 'cert-manager.io/inject-ca-from-secret': from.injectCaFromSecret }),
  'pulumi.com/waitFor': 'jsonpath={.webhooks[*].clientConfig.caBundle}',
});

/** Files of a Secret of type `kubernetes.io/tls`. */
export const TLS_SECRET_FILES = { certificate: 'tls.crt', key: 'tls.key' } as const;
