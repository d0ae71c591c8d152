import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bundle as bundleOf } from '../../infra/bundle.ts';
import { issue } from './certificates.ts';
import { get, keepAlive, send } from './client.ts';
import { type Files, files, MAIN, start } from './program.ts';
import { bytes, review } from './reviews.ts';
import { until } from './until.ts';

const good = bytes(review());
let shared: Files;

beforeAll(async () => {
  shared = await files();
});
afterAll(() => shared.remove());

describe('the webhook as a process', () => {
  test('stamps a consumer, and says so in log and metrics', async () => {
    const webhook = await start(shared);
    const { response } = JSON.parse((await send(webhook.port, good)).text);
    const patch = Buffer.from(response.patch, 'base64').toString();
    expect(patch).toContain('"image":"gate:1"');
    expect(patch).toMatch(/TENGU_PERMIT_0_[a-z0-9]{5}"/);
    await until('the decision is in the log', () => webhook.output().includes('"message":"reviewed"'));
    const { text } = await get(webhook.healthPort, '/metrics');
    expect(text).toContain('orcon_webhook_reviews_total{outcome="stamped",reason=""} 1\n');
    expect(text).toMatch(/orcon_webhook_certificate_expiry_timestamp_seconds \d{10}\n/);
    expect(text).toContain('orcon_webhook_certificate_reload_failures_total 0\n');
    webhook.process.kill('SIGKILL');
    expect(await webhook.ended).toBe('SIGKILL');
  });

  test('is live and ready once it serves', async () => {
    const webhook = await start(shared);
    expect(await get(webhook.healthPort, '/livez')).toMatchObject({ status: 200, text: 'ok\n' });
    expect(await get(webhook.healthPort, '/readyz')).toMatchObject({ status: 200, text: 'ok\n' });
    webhook.process.kill('SIGKILL');
    await webhook.ended;
  });

  test('is not ready with an expired certificate, and says why', async () => {
    const expired = await files(undefined, await issue({ notAfter: new Date(Date.now() - 1000) }));
    const webhook = await start(expired);
    const { status, text } = await get(webhook.healthPort, '/readyz');
    expect(status).toBe(503);
    expect(text).toMatch(/^certificate [0-9A-F]+ has expired at .*; issue a new one\n$/);
    expect((await get(webhook.healthPort, '/livez')).status).toBe(200);
    webhook.process.kill('SIGKILL');
    await webhook.ended;
    await expired.remove();
  });
});

describe('on SIGTERM', () => {
  const DRAIN = { DRAIN_MIN_SECONDS: '0.4', DRAIN_MAX_SECONDS: '20' };

  test('readiness fails at once, every request is answered, clients are sent away, and it ends with 0', async () => {
    const webhook = await start(shared, DRAIN);
    const answers: { status: number; connection: string | undefined }[] = [];
    const clients = Array.from({ length: 8 }, async () => {
      const agent = keepAlive();
      let connection: string | undefined;
      while (connection !== 'close') {
        const answer = await send(webhook.port, good, { agent });
        connection = answer.headers.connection;
        answers.push({ status: answer.status, connection });
      }
      agent.destroy();
    });
    await until('every client has come a few times', () => answers.length > 80);
    expect(answers.every(({ connection }) => connection === 'keep-alive')).toBe(true);

    webhook.process.kill('SIGTERM');
    await until('readiness is off', async () => (await get(webhook.healthPort, '/readyz')).status === 503);
    expect((await get(webhook.healthPort, '/readyz')).text).toBe('stopping\n');
    expect((await send(webhook.port, good)).status).toBe(200);
    await Promise.all(clients);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(answers.filter(({ connection }) => connection === 'close')).toHaveLength(8);
    expect(await webhook.ended).toBe(0);
    expect(webhook.output()).toMatch(/"quiet":true,"message":"stopped"}\n$/);
  });

  test('it ends with 0 at the limit, though a client does not leave', async () => {
    const webhook = await start(shared, { DRAIN_MIN_SECONDS: '0', DRAIN_MAX_SECONDS: '0.3' });
    const body = new AbortController();
    const unfinished = send(webhook.port, '', {
      headers: { 'Content-Type': 'application/json', 'Content-Length': '10' },
      signal: body.signal,
    }).catch((error) => error);
    await until('its request has come in', async () =>
      (await get(webhook.healthPort, '/metrics')).text.includes('orcon_webhook_reviews_in_flight 1\n'),
    );
    webhook.process.kill('SIGTERM');
    expect(await webhook.ended).toBe(0);
    expect(webhook.output()).toMatch(/"quiet":false,"message":"stopped"}\n$/);
    expect(await unfinished).toMatchObject({ code: 'ECONNRESET' });
  });

  test('a second signal ends it at once', async () => {
    const webhook = await start(shared, { DRAIN_MIN_SECONDS: '600', DRAIN_MAX_SECONDS: '600' });
    webhook.process.kill('SIGTERM');
    await until('it is stopping', async () => (await get(webhook.healthPort, '/readyz')).status === 503);
    webhook.process.kill('SIGTERM');
    expect(await webhook.ended).toBe(143);
  });
});

describe('a start that cannot succeed is one message with every fault, and 1', () => {
  const run = (args: readonly string[]) =>
    promisify(execFile)(process.execPath, [MAIN, ...args]).then(
      () => ({ code: 0, stderr: '' }),
      ({ code, stderr }) => ({ code, stderr }),
    );

  test('of the flags', async () => {
    expect(await run(['-port=x', '-verbose'])).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^orcon webhook cannot start: "-verbose": no such flag.*\n-port: "x" is no port.*\n$/),
    });
  });

  test('of the files', async () => {
    const broken = await files('hold: never\n', { ...(await issue()), key: (await issue()).key });
    expect(await run(broken.flags)).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /cannot start: gate settings \(.*\n {2}hold: .*\ncertificate \(.*\n {2}key: is not the key of/,
      ),
    });
    await broken.remove();
  });
});

describe('as the one file that the image holds', () => {
  let bundle: string;
  beforeAll(async () => {
    bundle = `${shared.folder}/webhook.cjs`;
    const files = await bundleOf('webhook', 'test', join(import.meta.dirname, '../..'));
    await writeFile(bundle, files.get('app/webhook.cjs') ?? '');
  });

  test('it serves', async () => {
    const webhook = await start(shared, {}, bundle);
    expect((await send(webhook.port, good)).status).toBe(200);
    webhook.process.kill('SIGKILL');
    await webhook.ended;
  });

  test('it logs for people', async () => {
    const webhook = await start(shared, { LOG_FORMAT: 'pretty' }, bundle);
    expect(webhook.output()).toMatch(/^\[.*\] INFO: serving \{/m);
    webhook.process.kill('SIGKILL');
    await webhook.ended;
  });
});
