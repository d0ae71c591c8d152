import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ApiError, ConnectionError } from '../../../controller/kube/api-error.ts';
import { type Client, createClient } from '../../../controller/kube/client.ts';
import { plainAccess } from '../../fake-api/access.ts';
import { FakeApi } from '../../fake-api/fake-api.ts';
import { ManualClock } from '../../fake-api/manual-clock.ts';
import { until } from '../../fake-api/until.ts';

let api: FakeApi;
let clock: ManualClock;
let client: Client;
let counted: string[];

beforeEach(async () => {
  api = await FakeApi.start();
  clock = new ManualClock();
  counted = [];
  client = createClient(plainAccess(api.url), { clock, onRequest: ({ verb, code }) => counted.push(`${verb} ${code}`) });
});
afterEach(async () => {
  await client.close();
  await api.stop();
});

const services = '/api/v1/namespaces/shop/services';
const database = `${services}/db`;
const create = () => client.request({ method: 'POST', path: services, body: { metadata: { name: 'db' }, spec: { port: 1 } } });
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a request', () => {
  test('gives the parsed answer', async () => {
    await create();
    const found = await client.request({ method: 'GET', path: database });
    expect(found).toMatchObject({ metadata: { name: 'db', namespace: 'shop' }, spec: { port: 1 } });
  });

  test('sends query, body, content type and user agent', async () => {
    await create();
    await client.request({
      method: 'PATCH',
      path: database,
      query: { fieldManager: 'orcon', dryRun: undefined },
      body: { spec: { port: 2 } },
      contentType: 'application/merge-patch+json',
    });
    const [seen] = api.seen({ verb: 'patch' });
    expect(String(seen?.query)).toBe('fieldManager=orcon');
    expect(seen?.headers).toMatchObject({ 'content-type': 'application/merge-patch+json', 'user-agent': 'orcon' });
    expect(api.store.get({ collection: 'services', namespace: 'shop', name: 'db' }).spec).toEqual({ port: 2 });
  });

  test('is counted by verb and code, one without an answer as error', async () => {
    await create();
    await failureOf(create());
    await failureOf(client.request({ method: 'GET', path: `${services}/none` }));
    api.faults.add({ verb: 'list' }, { reset: 'beforeWork' });
    await failureOf(client.request({ method: 'GET', path: services }));
    expect(counted).toEqual(['create 201', 'create 409', 'get 404', 'list error']);
  });
});

describe('a refusal', () => {
  test.each([
    { code: 404, kind: 'notFound' },
    { code: 403, kind: 'forbidden' },
    { code: 409, kind: 'conflict' },
    { code: 410, kind: 'gone' },
  ] as const)('with $code is recognised as $kind and nothing else', async ({ code, kind }) => {
    api.faults.add({}, { answer: code });
    const error = await failureOf(client.request({ method: 'GET', path: database }));
    if (!(error instanceof ApiError)) throw error;
    const kinds = (['notFound', 'forbidden', 'conflict', 'alreadyExists', 'gone'] as const).filter((name) => error[name]);
    expect(kinds).toEqual([kind]);
  });

  test('tells an object that is there already from a conflict', async () => {
    await create();
    expect(await failureOf(create())).toMatchObject({ alreadyExists: true, conflict: false });
  });

  test('for want of a permission names verb and resource', async () => {
    api.faults.add({}, { answer: 403 });
    const error = await failureOf(client.request({ method: 'GET', path: '/apis/apps/v1/namespaces/shop/deployments' }));
    expect(String(error)).toMatch(/403 Forbidden.*the account needs the verb list on deployments\.apps$/);
  });

  test('that admission denied names no right, because none is missing', async () => {
    const message = "ValidatingAdmissionPolicy 'strict' with binding 'strict' denied request: not this";
    api.faults.add({}, { answer: 403, text: JSON.stringify({ kind: 'Status', reason: 'Forbidden', message }) });
    const error = await failureOf(client.request({ method: 'GET', path: '/apis/apps/v1/namespaces/shop/deployments' }));
    expect(String(error)).toMatch(/denied request: not this$/);
  });

  test('carries the Retry-After in seconds', async () => {
    api.faults.add({}, { answer: 429, retryAfter: 7 });
    expect(await failureOf(create())).toMatchObject({ code: 429, retryAfterSeconds: 7 });
  });

  test('by a proxy that sends no Status is told by its text', async () => {
    api.faults.add({}, { answer: 502, text: '<html>\nBad   gateway</html>' });
    const error = await failureOf(client.request({ method: 'GET', path: database }));
    expect(String(error)).toContain(`get ${database}: 502 Bad Gateway: <html> Bad gateway</html>`);
  });
});

describe('a request without a good answer', () => {
  test.each([
    { what: 'a connection that is cut off', fault: { reset: 'beforeWork' }, expected: 'reset' },
    { what: 'an answer that is no JSON', fault: { text: 'hello' }, expected: 'malformed' },
  ] as const)('fails with the fault $expected for $what', async ({ fault, expected }) => {
    api.faults.add({}, fault);
    const error = await failureOf(client.request({ method: 'GET', path: database }));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ fault: expected, verb: 'get', path: database });
  });

  test.each([
    ['{"data":{"PASSWORD":"sturgeon"', 'the answer is no JSON: 30 characters of a broken object'],
    ['<html>\n<body>Bad gateway', 'the answer is no JSON: <html> <body>Bad gateway'],
  ])('quotes what a proxy says, and nothing of an object: %s', async (text, message) => {
    api.faults.add({}, { text });
    const error = await failureOf(client.request({ method: 'GET', path: database }));
    expect(error).toMatchObject({ message: `get ${database}: ${message}` });
  });

  test('fails as silent after its time limit', async () => {
    const stalled = api.faults.add({}, { stall: true });
    const failure = failureOf(client.request({ method: 'GET', path: database, timeoutSeconds: 12 }));
    await until('the request is there', () => stalled.met === 1);
    clock.advance(11_999);
    expect(counted).toEqual([]);
    clock.advance(1);
    expect(await failure).toMatchObject({ fault: 'silent', message: `get ${database}: nothing came for 12 s` });
    expect(counted).toEqual(['get error']);
  });

  test("that the caller ends throws the signal's reason and is not counted", async () => {
    const stalled = api.faults.add({}, { stall: true });
    const controller = new AbortController();
    const failure = failureOf(client.request({ method: 'GET', path: database, signal: controller.signal }));
    await until('the request is there', () => stalled.met === 1);
    controller.abort('enough');
    expect(await failure).toBe('enough');
    expect(counted).toEqual([]);
    expect(clock.timers).toEqual([]);
  });

  test('names a server that nobody answers at', async () => {
    const lost = createClient(plainAccess('http://127.0.0.1:1'));
    const error = await failureOf(lost.request({ method: 'GET', path: database }));
    expect(String(error)).toContain(`get ${database}: no answer: connect ECONNREFUSED`);
    await lost.close();
  });

  test("fails with the fault credentials when the kubeconfig's cannot be read", async () => {
    const access = { ...plainAccess(api.url), applyToHTTPSOptions: () => Promise.reject(new Error('ENOENT token')) };
    const poor = createClient(access);
    const error = await failureOf(poor.request({ method: 'GET', path: database }));
    expect(error).toMatchObject({ fault: 'credentials', message: `get ${database}: credentials: ENOENT token` });
    expect(api.requests).toEqual([]);
  });
});

describe('a watch', () => {
  const open = (signal?: AbortSignal) => client.watch({ path: services, silenceMs: 75_000, signal });
  const opened = () => until('the watch is open', () => api.watches().length === 1);

  test('yields each line, parsed, also when it comes in pieces', async () => {
    const lines = open();
    const first = lines.next();
    await opened();
    const [watch] = api.watches();
    watch?.sendText('{"type":"ADDED","object":{"text":"ä');
    watch?.sendText('ö"}}\n{"type":"MODIFIED"}\n');
    expect((await first).value).toEqual({ type: 'ADDED', object: { text: 'äö' } });
    expect((await lines.next()).value).toEqual({ type: 'MODIFIED' });
    await lines.return();
  });

  test('ends when the server ends it, without the line that was not finished', async () => {
    const next = open().next();
    await opened();
    api.watches()[0]?.sendText('{"type":"ADD');
    api.watches()[0]?.end();
    expect(await next).toEqual({ value: undefined, done: true });
  });

  test('fails as reset when the connection breaks', async () => {
    const failure = failureOf(open().next());
    await opened();
    api.watches()[0]?.reset();
    expect(await failure).toMatchObject({ fault: 'reset', verb: 'watch' });
  });

  test('fails as silent when nothing comes for so long, counted from the last byte', async () => {
    const lines = open();
    const first = lines.next();
    await opened();
    clock.advance(70_000);
    api.watches()[0]?.send('ADDED', {});
    await first;
    const failure = failureOf(lines.next());
    clock.advance(74_999);
    expect(api.watches()).toHaveLength(1);
    clock.advance(1);
    expect(await failure).toMatchObject({ fault: 'silent' });
    await until('the connection is closed', () => api.watches().length === 0);
  });

  test('closes its connection when the loop is left', async () => {
    const lines = open();
    const first = lines.next();
    await opened();
    api.watches()[0]?.send('ADDED', {});
    await first;
    await lines.return();
    await until('the connection is closed', () => api.watches().length === 0);
    expect(clock.timers).toEqual([]);
  });

  test('fails as malformed on a line that is no JSON, of which no object is quoted', async () => {
    const failure = failureOf(open().next());
    await opened();
    api.watches()[0]?.sendText('{"object":{"PASSWORD":"sturgeon"}\n');
    expect(await failure).toMatchObject({ fault: 'malformed', message: expect.not.stringContaining('sturgeon') });
  });

  test('has the kernel probe a silent connection after 30 s, so that a dead peer is noticed within a minute', async () => {
    const next = open().next();
    await opened();
    const timers = keepAliveTimers(Number(new URL(api.url).port));
    expect(timers).toHaveLength(1);
    expect(timers[0]).toBeGreaterThan(20);
    expect(timers[0]).toBeLessThanOrEqual(30);
    api.watches()[0]?.end();
    await next;
  });
});

/** Seconds until the kernel probes each of this machine's connections to a port of 127.0.0.1 (proc(5): `tr` 2 is keep-alive). */
function keepAliveTimers(port: number): readonly number[] {
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((row) => row.trim().split(/\s+/));
  return rows.flatMap(([, , to, , , timer = '']) =>
    to === remote && timer.startsWith('02:') ? [Number.parseInt(timer.slice(3), 16) / 100] : [],
  );
}
