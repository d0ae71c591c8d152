import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { issue, type Pair } from './certificates.ts';
import { get, send } from './client.ts';
import { type Files, files, type Program, start } from './program.ts';
import { bytes, review } from './reviews.ts';
import { until } from './until.ts';

/** Files are read again all the time, so that no test has to wait for it. */
const OFTEN = { RELOAD_SECONDS: '0.02' };

let mounted: Files;
let webhook: Program;

/** Starts the webhook with a certificate of its own, or this one. */
async function serving(pair?: Pair): Promise<void> {
  mounted = await files(undefined, pair);
  webhook = await start(mounted, OFTEN);
}
afterEach(async () => {
  webhook.process.kill('SIGKILL');
  await webhook.ended;
  await mounted.remove();
});

const write = (name: string, text: string) => writeFile(join(mounted.folder, name), text);
const answer = () => send(webhook.port, bytes(review()));
/** The gate image that a consumer is stamped with now. */
const gateImage = async () => {
  const { response } = JSON.parse((await answer()).text);
  return /"image":"(gate:\d)"/.exec(Buffer.from(response.patch, 'base64').toString())?.[1];
};
const metric = async (name: string) => {
  const { text } = await get(webhook.healthPort, '/metrics');
  return Number(new RegExp(`^orcon_webhook_${name} (\\S+)$`, 'm').exec(text)?.[1]);
};
/** Lines are written in the background, so that what has happened is not there at once. */
const says = (what: string, line: RegExp) => until(`the log says ${what}`, () => line.test(webhook.output()));
const ready = async () => (await get(webhook.healthPort, '/readyz')).text;

describe('a certificate', () => {
  test('that is renewed is served by the running webhook, its end known to the metric', async () => {
    await serving();
    const renewed = await issue({ notAfter: new Date('2040-01-01T00:00:00Z') });
    await write('cert.pem', renewed.cert);
    await write('key.pem', renewed.key);
    await until('it is served', async () => (await answer()).serial === renewed.serial);
    expect(await metric('certificate_expiry_timestamp_seconds')).toBe(Date.parse('2040-01-01T00:00:00Z') / 1000);
    await says('so', new RegExp(`"serial":"${renewed.serial}".*"message":"certificate in force"`));
  });

  test('that does not go with its key is not, the one before stays in force, and log and metric say so', async () => {
    await serving();
    const others = await issue();
    await write('key.pem', others.key);
    await until('it is counted again and again', async () => (await metric('certificate_reload_failures_total')) > 2);
    expect(await answer()).toMatchObject({ status: 200, serial: mounted.pair.serial });
    expect(await ready()).toBe('ok\n');
    await says(
      'so',
      /"level":"error".*"faults":\["key: is not the key of certificate .*"certificate cannot be used; the version/,
    );
  });

  test('that ends while the new one cannot be used takes readiness with it', async () => {
    // A certificate's times are whole seconds.
    await serving(await issue({ notAfter: new Date(Date.now() + 2_000) }));
    await write('cert.pem', 'not yet written in full');
    await until('readiness is off', async () => (await ready()) !== 'ok\n');
    expect(await ready()).toMatch(new RegExp(`^certificate ${mounted.pair.serial} has expired at .*; issue a new one\n$`));
  });
});

describe('tenguconfig.yaml', () => {
  beforeEach(() => serving());

  test('that has changed counts for the next review', async () => {
    await write('tenguconfig.yaml', 'initContainers: [{ name: gate, image: gate:2 }]\n');
    await until('consumers get the new gate', async () => (await gateImage()) === 'gate:2');
  });

  test('that cannot be used leaves the version before in force, and log and metric say so', async () => {
    await write('tenguconfig.yaml', 'hold: never\ninitContainers: [{ name: Gate, image: gate:3 }]\n');
    await until('it is counted', async () => (await metric('config_reload_failures_total')) > 0);
    expect(await gateImage()).toBe('gate:1');
    await says(
      'every fault',
      /"level":"error".*"faults":\[(?=.*"hold: )(?=.*"initContainers\[0\]\.name: must be).*"gate settings cannot/,
    );
  });
});

describe('TLS 1.2', () => {
  const old = () => send(webhook.port, bytes(review()), { maxVersion: 'TLSv1.2' });

  test('is refused, and the refusal counted', async () => {
    await serving();
    await expect(old()).rejects.toThrow(/protocol version/i);
    await until('it is counted', async () => (await metric('tls_errors_total')) === 1);
  });

  test('is spoken where it is set', async () => {
    mounted = await files();
    webhook = await start(mounted, { TLS_MIN_VERSION: 'TLSv1.2' });
    expect((await old()).status).toBe(200);
  });
});
