import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectPlainly, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, describe, expect, test } from '@jest/globals';
import { certificateSource } from '../../webhook/certificate.ts';
import { load } from '../../webhook/reload.ts';
import { LIMITS } from '../../webhook/server.ts';
import { issue, type Pair } from './certificates.ts';
import { keepAlive, send } from './client.ts';
import { bytes, deciding, review } from './reviews.ts';
import { serve } from './serving.ts';
import { until } from './until.ts';

const good = bytes(review());
const folder = await mkdtemp(join(tmpdir(), 'orcon-webhook-'));
const certFile = join(folder, 'cert.pem');
const keyFile = join(folder, 'key.pem');

afterAll(() => rm(folder, { recursive: true }));

const write = async ({ cert, key }: Pair) => {
  await writeFile(certFile, cert);
  await writeFile(keyFile, key);
};

test('TLS 1.2 is refused by default, and the refusal is told', async () => {
  const { port, server, tlsErrors } = await serve(deciding({}));
  await expect(send(port, good, { maxVersion: 'TLSv1.2' })).rejects.toThrow(/alert protocol version|protocol version/i);
  await until('the error has been told', () => tlsErrors.length === 1);
  await server.close();
});

test('TLS 1.2 is spoken when set', async () => {
  const { port, server } = await serve(deciding({}), { minVersion: 'TLSv1.2' });
  expect((await send(port, good, { maxVersion: 'TLSv1.2' })).status).toBe(200);
  await server.close();
});

test('the lowest TLS version stays as set when the certificate is swapped', async () => {
  const { port, server } = await serve(deciding({}));
  const { cert, key } = await issue();
  server.useCertificate({ cert, key, serial: '', notBefore: new Date(), notAfter: new Date() });
  await expect(send(port, good, { maxVersion: 'TLSv1.2' })).rejects.toThrow();
  await server.close();
});

test('a port that is taken is an error', async () => {
  const first = await serve(deciding({}));
  const second = await serve(deciding({}));
  await second.server.close();
  await expect(second.server.listen(first.port)).rejects.toThrow('EADDRINUSE');
  await first.server.close();
});

describe('a client that takes too long', () => {
  test('has 10 s for a handshake and for a head, and for a request what the API server waits at most, 10 s', () => {
    expect(LIMITS).toMatchObject({ handshakeTimeout: 10_000, headersTimeout: 10_000, requestTimeout: 10_000 });
    expect(LIMITS.connectionsCheckingInterval).toBeLessThanOrEqual(5_000);
  });

  const HEAD = 'POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n';
  const limits = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 };

  test.each([
    ['over the head of its request', HEAD, []],
    ['over its body', `${HEAD}\r\n{"api`, [{ outcome: 'failed', reason: 'body-aborted' }]],
  ])('%s is told so and cut off', async (_, text, verdicts) => {
    const webhook = await serve(deciding({}), { limits });
    const socket = connect({ port: webhook.port, host: '127.0.0.1', rejectUnauthorized: false });
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.write(text);
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    await until('nothing is left', () => webhook.requests.inFlight() === 0);
    expect(webhook.verdicts).toMatchObject(verdicts);
    await webhook.server.close();
  });

  test('over its handshake is cut off', async () => {
    const { port, server, tlsErrors } = await serve(deciding({}), { limits: { handshakeTimeout: 50 } });
    const socket = connectPlainly(port, '127.0.0.1');
    await once(socket.resume(), 'close');
    expect(tlsErrors).toHaveLength(1);
    await server.close();
  });
});

describe('of more connections than the server takes', () => {
  const silent = async (port: number) => {
    const socket = connectPlainly(port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    return socket.resume();
  };
  const portOf = (agent: ReturnType<typeof keepAlive>) => Object.values(agent.freeSockets).flat()[0]?.localPort;

  test('the one that has been of no use for longest is closed, and whoever comes is served', async () => {
    const { port, server } = await serve(deciding({}), { maxConnections: 4 });
    const agent = keepAlive();
    const idlest = await silent(port);
    const sockets = [await silent(port), await silent(port)];
    const closed = once(idlest, 'close');
    for (let times = 0; times < 2; times += 1) {
      expect((await send(port, good, { agent })).status).toBe(200);
      expect((await send(port, good)).status).toBe(200);
    }
    await closed;
    for (const socket of sockets) socket.destroy();
    agent.destroy();
    await server.close();
  });

  test('those that have ended are not counted', async () => {
    const { port, server } = await serve(deciding({}), { maxConnections: 4 });
    const idle = await silent(port);
    for (let come = 0; come < 12; come += 1) expect((await send(port, good)).status).toBe(200);
    expect(idle.closed).toBe(false);
    idle.destroy();
    await server.close();
  });

  /** What happens on the connection that requests come on, while others open some of eight and say nothing. */
  const kept = async (play: (request: () => Promise<void>, open: () => Promise<void>) => Promise<void>) => {
    const { port, server } = await serve(deciding({}), { maxConnections: 8 });
    const agent = keepAlive();
    const sockets: Socket[] = [];
    const request = async () => expect((await send(port, good, { agent })).status).toBe(200);
    const open = async () => void sockets.push(await silent(port));
    await request();
    const before = portOf(agent);
    await play(request, open);
    await until('one is closed', () => sockets.some(({ closed }) => closed) || portOf(agent) === undefined);
    expect(portOf(agent)).toBe(before);
    for (const socket of sockets) socket.destroy();
    agent.destroy();
    await server.close();
  };

  test('those that say nothing are closed before the one that requests came on', () =>
    kept(async (request, open) => {
      for (let come = 0; come < 24; come += 1) {
        await open();
        await request();
      }
    }));

  test('the one that a request came on a moment ago outlives those that were opened before and never said anything', () =>
    kept(async (request, open) => {
      for (let come = 0; come < 2; come += 1) await open();
      await request();
      for (let come = 0; come < 6; come += 1) await open();
    }));
});

test('swapping the certificate under load fails no request, and new connections get the new one', async () => {
  const pairs = await Promise.all(Array.from({ length: 6 }, () => issue()));
  const [first, ...later] = pairs;
  if (first === undefined) throw new Error('no certificate was issued');
  await write(first);
  const { port, server } = await serve(deciding({}), { pair: first });
  const files = await load(certificateSource(certFile, keyFile), {
    changed: server.useCertificate,
    refused: () => {},
    failed: () => {},
  });

  let swapping = true;
  const statuses: number[] = [];
  const agent = keepAlive();
  const client = async (options: object) => {
    while (swapping) statuses.push((await send(port, good, options)).status);
  };
  const clients = [client({ agent }), client({ agent }), client({ agent }), client({}), client({}), client({})];
  for (const pair of later) {
    await write(pair);
    await files.check();
    const seen = statuses.length;
    await until('each client has come a few times', () => statuses.length >= seen + 60);
    expect((await send(port, good)).serial).toBe(pair.serial);
  }
  swapping = false;
  await Promise.all(clients);
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
  agent.destroy();
  await server.close();
});
