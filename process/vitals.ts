import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

/** How often the event loop's lag is sampled. */
const SAMPLE_MS = 20;
const QUANTILES = [0.5, 0.99, 1] as const;

/**
 * Puts into `registry` what every process tells of itself: event-loop lag since the last scrape, resident memory, CPU time
 * and which build it is. The names begin with `prefix`, such as `orcon_webhook_`. prom-client's own default metrics are some
 * forty series more, among them one a heap space.
 *
 * @returns ends the sampling
 */
export function registerVitals(registry: Registry, prefix: string, version: string): () => void {
  const registers = [registry];
  const delay = monitorEventLoopDelay({ resolution: SAMPLE_MS });
  delay.enable();
  new Gauge({
    name: `${prefix}event_loop_lag_seconds`,
    help: 'How late timers ran since the last scrape, by quantile',
    labelNames: ['quantile'],
    registers,
    collect() {
      for (const quantile of QUANTILES)
        this.set({ quantile }, lagSeconds(delay.count === 0 ? 0 : delay.percentile(quantile * 100)));
      delay.reset();
    },
  });
  new Gauge({
    name: `${prefix}resident_memory_bytes`,
    help: 'Resident memory of the process',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Counter({
    name: `${prefix}cpu_seconds_total`,
    help: 'User and system CPU time that the process has used',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    name: `${prefix}build_info`,
    help: 'Always 1; the labels say which build runs',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version, node: process.versions.node }, 1);
  return () => delay.disable();
}

/** The sampler measures from one of its timers to the next, in nanoseconds, so that its own interval is part of each figure. */
const lagSeconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - SAMPLE_MS / 1e3);
