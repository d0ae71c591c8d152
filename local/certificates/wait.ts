/** Waits until every webhook pod serves a certificate of one authority, and tells what it waits for. */
import { commonName, isNamed, isSignedBy, type PodCertificate, type WebhookCertificates } from './survey.ts';

export interface WaitOptions {
  readonly look: () => Promise<readonly WebhookCertificates[]>;
  /** One of the trusted, named as a whole or by its slot. */
  readonly authority: string;
  readonly log: (line: string) => void;
  /** Passes the time between two looks. */
  readonly pause: () => Promise<void>;
  /** Whether it has waited long enough. */
  readonly isOver: () => boolean;
}

/** What is there in the end, whether or not it is as it was waited for. Throws where it never will be without another `up`. */
export async function waitFor({ look, authority, log, pause, isOver }: WaitOptions): Promise<readonly WebhookCertificates[]> {
  let told = '';
  for (;;) {
    const found = await look();
    for (const { configuration, trusted } of found) {
      if (trusted.some(({ name }) => isNamed(name, authority))) continue;
      const names = trusted.map(({ name }) => name).join(', ') || 'none';
      throw new Error(
        `--wait-for ${authority} would wait for ever: the API server does not trust that authority for ${configuration}, but ${names}`,
      );
    }
    const missing = found.filter((webhook) => !isSignedBy(webhook, authority));
    if (missing.length === 0 || isOver()) return found;
    const line = `waiting for a certificate of authority ${authority}: ${missing.map((one) => missingIn(one, authority)).join('; ')}`;
    if (line !== told) log(line);
    told = line;
    await pause();
  }
}

function missingIn({ configuration, pods }: WebhookCertificates, authority: string): string {
  const others = pods.filter(({ signedBy }) => signedBy === undefined || !isNamed(signedBy, authority));
  return others.length === 0 ? `${configuration} has no pod` : others.map(stateOf).join(', ');
}

const stateOf = ({ pod, served, signedBy }: PodCertificate): string =>
  typeof served === 'string'
    ? `pod ${pod} could not be asked (${served})`
    : `pod ${pod} serves one of ${signedBy ?? commonName(served.issuer)}`;
