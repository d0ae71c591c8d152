import { hostname } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { KubeConfig } from '@kubernetes/client-node';
import { serveHealth } from '../process/health.ts';
import { createLogger, readLogSettings } from '../process/logging.ts';
import { onStopSignal } from '../process/signals.ts';
import { Controller } from './controller.ts';
import { LeaseLost } from './fence.ts';
import { createClient } from './kube/client.ts';
import { releaseMemory } from './memory.ts';
import { createMetrics } from './metrics.ts';
import { readSettings } from './settings.ts';

/** Set by whoever builds the image. */
const VERSION = process.env.ORCON_VERSION || 'unversioned';

/**
 * What is watched lives for ever and all else is short-lived, so V8 would let garbage pile up to several times what is alive
 * before it collects: with 20,000 consumers 340 MB are resident then, and 200 MB so. An unknown flag changes nothing.
 */
setFlagsFromString('--heap-growing-percent=20');

async function main(): Promise<void> {
  const faults: string[] = [];
  const logSettings = readLogSettings(process.env, faults);
  const settings = readSettings(process.env, hostname(), faults);
  const log = await createLogger(logSettings);
  const metrics = createMetrics(VERSION);

  const access = new KubeConfig();
  access.loadFromDefault();
  const client = createClient(access, { onRequest: metrics.requested, userAgent: `orcon-controller/${VERSION}` });

  // Two lists of everything and a pass over each workload leave more garbage than what then happens in an hour.
  const controller = new Controller({ client, settings, metrics, log, onCaughtUp: releaseMemory });
  const health = await serveHealth({
    port: settings.healthPort,
    live: () => controller.whyNotLive(),
    ready: () => controller.whyNotReady(),
    registry: metrics.registry,
  });
  log.info({ ...settings, healthPort: health.port, version: VERSION, node: process.version }, 'started');
  // A lost lease or a defect ends the process: what it knows may be old, and a fresh one begins with a list.
  controller.run().catch((error: unknown) => {
    if (error instanceof LeaseLost) log.error({ reason: error.message }, 'ends');
    else log.fatal({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'ends');
    process.exit(1);
  });

  onStopSignal(async (signal) => {
    log.info({ signal }, 'stopping: passes are finished and the lease is given back');
    await controller.stop();
    await client.close();
    await health.close();
    metrics.stop();
    log.info('stopped');
  });
}

main().catch((error) => {
  process.stderr.write(`orcon controller cannot start: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
