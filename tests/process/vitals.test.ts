import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { registerVitals } from '../../process/vitals.ts';

async function figure(registry: Registry, name: string, labels = ''): Promise<number> {
  const line = (await registry.metrics()).split('\n').find((each) => each.startsWith(`${name}${labels} `));
  if (line === undefined) throw new Error(`there is no ${name}${labels}`);
  return Number(line.split(' ').at(-1));
}

test('names begin with the prefix, and the build is told', async () => {
  const registry = new Registry();
  const stop = registerVitals(registry, 'thing_', '1.2.3');
  expect(await figure(registry, 'thing_build_info', `{version="1.2.3",node="${process.versions.node}"}`)).toBe(1);
  expect(await figure(registry, 'thing_resident_memory_bytes')).toBeGreaterThan(10_000_000);
  const names = (await registry.getMetricsAsJSON()).map(({ name }) => name);
  expect(names.every((name) => name.startsWith('thing_'))).toBe(true);
  stop();
});

test('CPU time grows with work', async () => {
  const registry = new Registry();
  const stop = registerVitals(registry, 'thing_', '');
  const before = await figure(registry, 'thing_cpu_seconds_total');
  block(50);
  expect(await figure(registry, 'thing_cpu_seconds_total')).toBeGreaterThan(before);
  stop();
});

test('a blocked event loop shows as lag until the next scrape', async () => {
  const registry = new Registry();
  const stop = registerVitals(registry, 'thing_', '');
  const largest = () => figure(registry, 'thing_event_loop_lag_seconds', '{quantile="1"}');
  // The sampler measures from one of its timers to the next, and only from its second one on.
  for (let times = 0; times < 4; times++) {
    block(400);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await largest()).toBeGreaterThan(0.3);
  expect(await largest()).toBe(0);
  stop();
});

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
