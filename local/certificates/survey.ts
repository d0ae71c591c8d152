/** Which authorities the API server trusts for a webhook, and which of them its pods still need. */
import { X509Certificate } from 'node:crypto';
import { collect } from '../../controller/collect.ts';
import { corePath } from '../../controller/key.ts';
import type { Client } from '../../controller/kube/client.ts';
import { INSTANCE_LABEL, PART_OF_ORCON, podSelector } from '../../infra/names.ts';
import { type JsonObject, objectAt, objectsAt, textAt } from '../../relations/json.ts';

/** Asks a pod for the certificate that it serves; throws where it does not answer. */
export type Ask = (where: { namespace: string; pod: string; port: number }) => Promise<X509Certificate>;

export interface Authority {
  readonly name: string;
  readonly certificate: X509Certificate;
}

export interface PodCertificate {
  readonly pod: string;
  /** What it serves, or why that is not known. */
  readonly served: X509Certificate | string;
  /** Name of the trusted authority that signed it; undefined where none did. */
  readonly signedBy: string | undefined;
}

export interface WebhookCertificates {
  /** Name of the webhook configuration. */
  readonly configuration: string;
  readonly trusted: readonly Authority[];
  readonly pods: readonly PodCertificate[];
}

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Looks at every orcon of the cluster, or at the one of this name. */
export async function surveyCertificates(client: Client, ask: Ask, instance?: string): Promise<readonly WebhookCertificates[]> {
  const labelSelector = instance === undefined ? PART_OF_ORCON : `${PART_OF_ORCON},${INSTANCE_LABEL}=${instance}`;
  const configurations = await collect(client, CONFIGURATIONS, { labelSelector }, (object) => object);
  return Promise.all(configurations.map((configuration) => surveyOne(client, ask, configuration)));
}

async function surveyOne(client: Client, ask: Ask, configuration: JsonObject): Promise<WebhookCertificates> {
  const clientConfig = objectAt(objectsAt(configuration, 'webhooks')[0], 'clientConfig');
  const bundle = Buffer.from(textAt(clientConfig, 'caBundle') ?? '', 'base64').toString();
  const trusted = (bundle.match(PEM_CERTIFICATE) ?? []).map((pem) => authorityOf(new X509Certificate(pem)));
  const namespace = textAt(objectAt(clientConfig, 'service'), 'namespace') ?? '';
  const pods = await collect(client, corePath('pods', namespace), { labelSelector: podSelector('webhook') }, (pod) => pod);
  return {
    configuration: textAt(objectAt(configuration, 'metadata'), 'name') ?? '',
    trusted,
    // One that is about to end gets no new connections, and one that was evicted or has ended never comes back.
    pods: await Promise.all(pods.filter(isToServe).map((pod) => askPod(ask, namespace, pod, trusted))),
  };
}

const isToServe = (pod: JsonObject): boolean =>
  textAt(objectAt(pod, 'metadata'), 'deletionTimestamp') === undefined &&
  !['Failed', 'Succeeded'].includes(textAt(objectAt(pod, 'status'), 'phase') ?? '');

async function askPod(ask: Ask, namespace: string, object: JsonObject, trusted: readonly Authority[]): Promise<PodCertificate> {
  const pod = textAt(objectAt(object, 'metadata'), 'name') ?? '';
  const ports = objectsAt(objectsAt(objectAt(object, 'spec'), 'containers')[0], 'ports');
  const port = Number(ports.find(({ name }) => name === 'https')?.containerPort);
  try {
    const served = await ask({ namespace, pod, port });
    const signer = trusted.find(({ certificate }) => served.checkIssued(certificate) && served.verify(certificate.publicKey));
    return { pod, served, signedBy: signer?.name };
  } catch (error) {
    return { pod, served: error instanceof Error ? error.message : String(error), signedBy: undefined };
  }
}

const authorityOf = (certificate: X509Certificate): Authority => ({ name: commonName(certificate.subject), certificate });

/** The common name of a subject, or the whole of one that has none. */
export const commonName = (subject: string): string => /^CN=(.*)$/m.exec(subject)?.[1] ?? subject.replaceAll('\n', ', ');

/** Whether an authority of this name is meant: by its whole name, or by its slot. */
export const isNamed = (name: string, authority: string): boolean => name === authority || name.endsWith(` CA ${authority}`);

/** Whether every pod serves a certificate of just this authority, which is named as a whole or by its slot. */
export function isSignedBy({ pods, trusted }: WebhookCertificates, authority: string): boolean {
  const named = trusted.map(({ name }) => name).filter((name) => isNamed(name, authority));
  return pods.length > 0 && pods.every(({ signedBy }) => signedBy !== undefined && named.includes(signedBy));
}
