import { commonName, type WebhookCertificates } from './survey.ts';

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

/** What is trusted and served, a line each, and which authorities may go. */
export function reportOf({ configuration, trusted, pods }: WebhookCertificates): readonly string[] {
  const unknown = pods.some(({ served }) => typeof served === 'string');
  const served = pods.map(({ pod, served, signedBy }) => {
    if (typeof served === 'string') return `pod ${pod}: could not be asked: ${served}`;
    const signer = signedBy ?? `${commonName(served.issuer)}, which the API server does NOT trust`;
    return `pod ${pod}: until ${dayOf(served.validToDate)}, signed by ${signer}`;
  });
  const authorities = trusted.map(({ name, certificate }) => {
    const count = pods.filter(({ signedBy }) => signedBy === name).length;
    const needed =
      count > 0 ? `needed by ${count} ${count === 1 ? 'pod' : 'pods'}` : unknown ? 'perhaps needed' : 'needed by no pod';
    return `authority ${name}: until ${dayOf(certificate.validToDate)}, trusted, ${needed}`;
  });
  return [`${configuration}:`, ...[...served, ...authorities].map((line) => `  ${line}`)];
}
