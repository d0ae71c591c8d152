import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Counter, Registry } from 'prom-client';
import { type HealthListener, serveHealth } from '../../process/health.ts';

const registry = new Registry();
let live: string[];
let ready: string[];
let health: HealthListener;

beforeAll(async () => {
  new Counter({ name: 'things_total', help: 'Things', registers: [registry] }).inc(3);
  health = await serveHealth({ port: 0, live: () => live, ready: () => ready, registry });
});
beforeEach(() => {
  live = [];
  ready = [];
});
afterAll(() => health.close());

const page = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(`http://127.0.0.1:${health.port}${path}`, init);
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    allow: response.headers.get('allow'),
    text: await response.text(),
  };
};

test.each(['/livez', '/readyz', '/readyz?verbose'])('%s is ok when nothing stands in the way', async (path) => {
  expect(await page(path)).toMatchObject({ status: 200, text: 'ok\n' });
});

test('readiness says what stands in its way, and liveness does not care', async () => {
  ready = ['lists are not complete: services', 'stopping'];
  expect(await page('/readyz')).toMatchObject({ status: 503, text: 'lists are not complete: services\nstopping\n' });
  expect((await page('/livez')).status).toBe(200);
});

test('liveness says what stands in its way', async () => {
  live = ['worker 2 has made no progress for 60 s'];
  expect(await page('/livez')).toMatchObject({ status: 503, text: 'worker 2 has made no progress for 60 s\n' });
});

test('metrics are in the format that Prometheus reads', async () => {
  const { status, type, text } = await page('/metrics');
  expect({ status, type }).toEqual({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' });
  expect(text).toBe('# HELP things_total Things\n# TYPE things_total counter\nthings_total 3\n');
});

test('another page is 404, also one named like what every object has', async () => {
  expect((await page('/')).status).toBe(404);
  expect((await page('/constructor')).status).toBe(404);
});

test('writing is 405', async () => {
  expect(await page('/livez', { method: 'POST' })).toMatchObject({ status: 405, allow: 'GET, HEAD' });
});

test('HEAD has no body', async () => {
  expect(await page('/livez', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
});

test('a probe that throws is 500, and the listener goes on', async () => {
  const broken = await serveHealth({
    port: 0,
    live: () => {
      throw new Error('no idea');
    },
    ready: () => [],
    registry,
  });
  const at = (path: string) => fetch(`http://127.0.0.1:${broken.port}${path}`);
  expect((await at('/livez')).status).toBe(500);
  expect((await at('/readyz')).status).toBe(200);
  await broken.close();
});

test('a port that is taken is an error', async () => {
  await expect(serveHealth({ port: health.port, live: () => [], ready: () => [], registry })).rejects.toThrow('EADDRINUSE');
});

test('a process whose event loop stands still answers no probe, which the kubelet takes for a failure', async () => {
  const source = `import { serveHealth } from ${JSON.stringify(join(import.meta.dirname, '../../process/health.ts'))};
    import { writeSync } from 'node:fs';
    import { Registry } from 'prom-client';
    const probe = () => [];
    const { port } = await serveHealth({ port: 0, live: probe, ready: probe, registry: new Registry() });
    writeSync(1, String(port));
    process.on('SIGUSR2', () => { writeSync(1, ' stands still'); for (;;); });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(child.stdout, 'data');
  const probe = () => fetch(`http://127.0.0.1:${port}/livez`, { signal: AbortSignal.timeout(1_000) });
  expect((await probe()).status).toBe(200);
  child.kill('SIGUSR2');
  await once(child.stdout, 'data');
  await expect(probe()).rejects.toThrow('timeout');
  child.kill('SIGKILL');
  await once(child, 'exit');
});
