import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BODY_LIMIT } from '../../webhook/body.ts';
import { BUDGET } from '../../webhook/budget.ts';
import { requests } from '../../webhook/requests.ts';
import { JSON_TYPE, keepAlive, send } from './client.ts';
import { bytes, deciding, review } from './reviews.ts';
import { type Serving, serve } from './serving.ts';
import { until } from './until.ts';

const good = bytes(review());
/** A review of exactly `size` bytes. */
const padded = (size: number) => Buffer.concat([good, Buffer.alloc(size - good.length, ' ')]);

let webhook: Serving;

beforeAll(async () => {
  webhook = await serve(deciding({}));
});
afterAll(() => webhook.server.close());

describe('a review', () => {
  test('is answered by a review that bears its uid', async () => {
    const { status, headers, text } = await send(webhook.port, good);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(text)).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: '705ab4f5-6393-11e8-b7cc-42010a800002', allowed: true },
    });
  });

  test('may come with the timeout as a query, as the API server sends it', async () => {
    expect((await send(webhook.port, good, { path: '/mutate?timeout=5s' })).status).toBe(200);
  });

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON ;charset=UTF-8'])(
    'may have the content type %s',
    async (type) => {
      expect((await send(webhook.port, good, { headers: { 'Content-Type': type } })).status).toBe(200);
    },
  );

  test('may be as large as the limit', async () => {
    expect((await send(webhook.port, padded(BODY_LIMIT))).status).toBe(200);
  });

  test('leaves its connection open for the next one', async () => {
    const agent = keepAlive();
    const first = await send(webhook.port, good, { agent });
    expect(first.headers.connection).toBe('keep-alive');
    expect(first.headers['keep-alive']).toBe('timeout=120');
    agent.destroy();
  });
});

describe('what is no review gets an HTTP error, so that failurePolicy decides', () => {
  const version = (apiVersion: string) => bytes({ ...review(), apiVersion });

  test.each([
    ['another path', 404, 'path', good, { path: '/' }],
    ['a path that only begins like it', 404, 'path', good, { path: '/mutate/x' }],
    ['GET', 405, 'method', Buffer.alloc(0), { method: 'GET' }],
    ['PUT', 405, 'method', good, { method: 'PUT' }],
    ['no content type', 415, 'content-type', good, { headers: {} }],
    ['another content type', 415, 'content-type', good, { headers: { 'Content-Type': 'application/jsonp' } }],
    ['an encoded body', 415, 'content-encoding', good, { headers: { ...JSON_TYPE, 'Content-Encoding': 'gzip' } }],
    ['no body', 400, 'not-json', Buffer.alloc(0), {}],
    ['half a body', 400, 'not-json', good.subarray(0, 100), {}],
    ['bytes that are not UTF-8', 400, 'not-json', Buffer.from([0x22, 0xff, 0x22]), {}],
    ['another object', 400, 'not-a-review', bytes({ kind: 'Pod', apiVersion: 'v1' }), {}],
    ['a list', 400, 'not-a-review', bytes([review()]), {}],
    ['a review of v1beta1', 400, 'review-version', version('admission.k8s.io/v1beta1'), {}],
    ['a review of no version', 400, 'review-version', version(''), {}],
    ['a review without a request', 400, 'review-field', bytes({ ...review(), request: undefined }), {}],
    ['a review without an object', 400, 'review-field', bytes(review({ object: null })), {}],
  ])('%s: %i %s', async (_, status, reason, body, options) => {
    const before = webhook.verdicts.length;
    const answer = await send(webhook.port, body, options);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(answer.text).toMatch(/^[^\n]+\n$/);
    expect(webhook.verdicts.slice(before)).toMatchObject([{ outcome: 'failed', reason }]);
  });

  test('a review of v1beta1 is told which versions to ask for', async () => {
    const { text } = await send(webhook.port, version('admission.k8s.io/v1beta1'));
    expect(text).toContain('admission.k8s.io/v1beta1');
    expect(text).toContain('admissionReviewVersions: [v1]');
  });

  test('405 says what is allowed', async () => {
    expect((await send(webhook.port, good, { method: 'DELETE' })).headers.allow).toBe('POST');
  });
});

describe('a body beyond the limit', () => {
  test('is refused when its length says so, before it has been sent', async () => {
    const socket = connect({ port: webhook.port, host: '127.0.0.1', rejectUnauthorized: false });
    socket.write(
      `POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${BODY_LIMIT + 1}\r\n\r\n`,
    );
    const [chunk] = await new Promise<[Buffer]>((resolve) => socket.once('data', (data) => resolve([data])));
    socket.destroy();
    expect(chunk.toString()).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('is refused when it comes in chunks, and the client gets to see it', async () => {
    const headers = { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' };
    expect((await send(webhook.port, padded(BODY_LIMIT + 1), { headers })).status).toBe(413);
  });
});

test('a client that leaves in the middle of its body is counted, and nothing stays behind', async () => {
  const before = webhook.verdicts.length;
  const socket = connect({ port: webhook.port, host: '127.0.0.1', rejectUnauthorized: false });
  socket.write(`POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"api`);
  await until('the request has come in', () => webhook.requests.inFlight() === 1);
  socket.destroy();
  await until('the request is over', () => webhook.requests.inFlight() === 0);
  expect(webhook.verdicts.slice(before)).toMatchObject([{ outcome: 'failed', reason: 'body-aborted' }]);
});

test('once clients are turned away, each answer asks for another connection', async () => {
  const other = await serve(deciding({}));
  const agent = keepAlive();
  expect((await send(other.port, good, { agent })).headers.connection).toBe('keep-alive');
  other.requests.turnAway();
  const answer = await send(other.port, good, { agent });
  expect(answer).toMatchObject({ status: 200, headers: { connection: 'close' } });
  agent.destroy();
  await other.server.close();
});

describe('reviews that come in together', () => {
  /** A request whose body is there already, and the response to it. */
  const exchange = (body: Buffer) => {
    const request = new IncomingMessage(new Socket());
    Object.assign(request, { method: 'POST', url: '/mutate', rawHeaders: [] });
    request.headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
    request.push(body);
    request.push(null);
    return { request, response: new ServerResponse(request) };
  };

  /** Asks both in one turn, and tells at each decision whether the first has been answered, and whether both have at last. */
  async function asked(first: Buffer, second: Buffer): Promise<boolean[]> {
    const exchanges = [exchange(first), exchange(second)];
    const answered = () => exchanges[0]?.response.writableEnded === true;
    const seen: boolean[] = [];
    const { listener, inFlight } = requests(
      (input) => {
        seen.push(answered());
        return deciding({})(input);
      },
      () => {},
    );
    for (const { request, response } of exchanges) listener(request, response);
    expect(inFlight()).toBe(2);
    await until('nobody waits', () => inFlight() === 0);
    return [...seen, exchanges.every(({ response }) => response.writableEnded)];
  }

  test('are answered together', async () => {
    expect(await asked(good, good)).toEqual([false, false, true]);
  });

  test('are answered before a large one is worked out', async () => {
    expect(await asked(good, padded(BUDGET.uncounted + 1))).toEqual([false, true, true]);
  });
});
