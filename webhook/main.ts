import { serveHealth } from '../process/health.ts';
import { createLogger } from '../process/logging.ts';
import { onStopSignal } from '../process/signals.ts';
import { admit } from '../relations/admit.ts';
import { certificateSource, validityFaults } from './certificate.ts';
import { drain } from './drain.ts';
import { gateSettingsSource } from './gate-settings.ts';
import { journal, reloadEvents } from './journal.ts';
import { createMetrics } from './metrics.ts';
import { bothLoaded, load } from './reload.ts';
import { requests } from './requests.ts';
import { salt } from './salt.ts';
import { httpsServer } from './server.ts';
import { readSettings } from './settings.ts';

/** Set by whoever builds the image. */
const VERSION = process.env.ORCON_VERSION || 'unversioned';

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2), process.env);
  const log = await createLogger(settings.log);
  const metrics = createMetrics(VERSION, () => reviews.inFlight());

  const reviews = requests((input) => admit(input, gate.current(), salt), journal(log, metrics));
  const server = httpsServer({
    minVersion: settings.minVersion,
    listener: reviews.listener,
    onTlsError: (error) => {
      metrics.tlsError();
      log.debug({ why: error.message }, 'TLS handshake failed');
    },
  });

  const gateSource = gateSettingsSource(settings.tenguCfgFile);
  const pairSource = certificateSource(settings.tlsCertFile, settings.tlsKeyFile);
  const [gate, certificate] = await bothLoaded(
    load(gateSource, reloadEvents(log, gateSource, metrics.configReloadFailed)),
    load(
      pairSource,
      reloadEvents(log, pairSource, metrics.certificateReloadFailed, (pair) => {
        server.useCertificate(pair);
        metrics.certificateInForce(pair);
      }),
    ),
  );

  const port = await server.listen(settings.port);
  let stopping = false;
  const health = await serveHealth({
    port: settings.healthPort,
    live: () => [],
    ready: () => [...(stopping ? ['stopping'] : []), ...validityFaults(certificate.current(), new Date())],
    registry: metrics.registry,
  });
  const reloading = setInterval(() => void Promise.all([gate.check(), certificate.check()]), settings.reloadMs);
  log.info({ port, healthPort: health.port, version: VERSION, node: process.version }, 'serving');

  onStopSignal(async (signal) => {
    stopping = true;
    clearInterval(reloading);
    log.info({ signal }, 'stopping: readiness is off, requests are still answered');
    const quiet = await drain(reviews, { minMs: settings.drainMinMs, maxMs: settings.drainMaxMs });
    await server.close();
    await health.close();
    metrics.stop();
    log.info({ quiet }, 'stopped');
  });
}

main().catch((error) => {
  process.stderr.write(`orcon webhook cannot start: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
