import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { registerVitals } from '../process/vitals.ts';
import type { Certificate } from './certificate.ts';
import { REFUSAL_REASONS } from './refusals.ts';

const PREFIX = 'orcon_webhook_';

/** Seconds; a review of 5 KB takes some 0.2 ms, one of the largest size 60 ms, and the API server waits for 5 s. */
const DURATION_BUCKETS = [0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

export interface Metrics {
  readonly registry: Registry;
  /** Counts one request; `reason` has to be one of the codes that the program knows, never a text from outside. */
  readonly reviewed: (outcome: string, reason: string, seconds: number) => void;
  readonly tlsError: () => void;
  readonly certificateInForce: (certificate: Certificate) => void;
  readonly certificateReloadFailed: () => void;
  readonly configReloadFailed: () => void;
  /** Ends what samples in the background. */
  readonly stop: () => void;
}

/** The webhook's metrics, in a registry of their own. */
export function createMetrics(version: string, inFlight: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string) => new Counter({ name: `${PREFIX}${name}`, help, registers });

  const reviews = new Counter({
    name: `${PREFIX}reviews_total`,
    help: 'Requests by outcome (stamped, unchanged, removed, skipped, failed) and, for the last two, the reason',
    labelNames: ['outcome', 'reason'],
    registers,
  });
  // There from the start: the first failure of a series that appears with it is no increase.
  for (const reason of REFUSAL_REASONS) reviews.inc({ outcome: 'failed', reason }, 0);
  const duration = new Histogram({
    name: `${PREFIX}review_duration_seconds`,
    help: 'From the headers of a request to its answer',
    buckets: DURATION_BUCKETS,
    registers,
  });
  new Gauge({
    name: `${PREFIX}reviews_in_flight`,
    help: 'Requests that are being worked on',
    registers,
    collect() {
      this.set(inFlight());
    },
  });
  const expiry = new Gauge({
    name: `${PREFIX}certificate_expiry_timestamp_seconds`,
    help: 'When the certificate in force expires, in Unix time',
    registers,
  });
  const tlsErrors = counter('tls_errors_total', 'TLS handshakes that failed');
  const certificateFailures = counter('certificate_reload_failures_total', 'Checks that found the certificate files unusable');
  const configFailures = counter('config_reload_failures_total', 'Checks that found tenguconfig.yaml unusable');
  const stop = registerVitals(registry, PREFIX, version);
  return {
    registry,
    reviewed: (outcome, reason, seconds) => {
      reviews.inc({ outcome, reason });
      duration.observe(seconds);
    },
    tlsError: () => tlsErrors.inc(),
    certificateInForce: ({ notAfter }) => expiry.set(notAfter.getTime() / 1000),
    certificateReloadFailed: () => certificateFailures.inc(),
    configReloadFailed: () => configFailures.inc(),
    stop,
  };
}
