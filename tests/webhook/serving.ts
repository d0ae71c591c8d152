import type { SecureVersion } from 'node:tls';
import { type BUDGET, type Budget, createBudget } from '../../webhook/budget.ts';
import { readCertificate } from '../../webhook/certificate.ts';
import type { Admit, Verdict } from '../../webhook/mutate.ts';
import { type Requests, requests } from '../../webhook/requests.ts';
import { type HttpsOptions, type HttpsServer, httpsServer } from '../../webhook/server.ts';
import { issue, type Pair } from './certificates.ts';

export interface Serving {
  readonly port: number;
  readonly server: HttpsServer;
  readonly requests: Requests;
  readonly budget: Budget;
  /** Every verdict since the start, in order. */
  readonly verdicts: readonly Verdict[];
  readonly tlsErrors: readonly Error[];
}

interface ServingOptions extends Pick<HttpsOptions, 'limits' | 'maxConnections'> {
  readonly minVersion?: SecureVersion;
  readonly pair?: Pair;
  readonly budget?: Partial<typeof BUDGET>;
}

/** The webhook's HTTP side in this process, on a free port, with a certificate of its own. */
export async function serve(
  admit: Admit,
  { minVersion = 'TLSv1.3', pair, limits, maxConnections, budget: changed }: ServingOptions = {},
): Promise<Serving> {
  const verdicts: Verdict[] = [];
  const tlsErrors: Error[] = [];
  const budget = createBudget(changed);
  const handled = requests(admit, (verdict) => verdicts.push(verdict), budget);
  const onTlsError = (error: Error) => tlsErrors.push(error);
  const server = httpsServer({ minVersion, listener: handled.listener, onTlsError, limits, maxConnections });
  const { cert, key } = pair ?? (await issue());
  const certificate = readCertificate(cert, key);
  if (!certificate.ok) throw new Error(certificate.faults.join('\n'));
  server.useCertificate(certificate.value);
  return { port: await server.listen(0), server, requests: handled, budget, verdicts, tlsErrors };
}
