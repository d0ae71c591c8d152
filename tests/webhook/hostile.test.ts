import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import patching from 'fast-json-patch';
import { pino } from 'pino';
import { admit, OUTCOMES, SKIP_REASONS } from '../../relations/admit.ts';
import { isObject } from '../../relations/json.ts';
import { journal } from '../../webhook/journal.ts';
import { createMetrics } from '../../webhook/metrics.ts';
import { type Admit, mutate, type Verdict } from '../../webhook/mutate.ts';
import { REFUSAL_REASONS } from '../../webhook/refusals.ts';
import { OUT_OF_SCOPE } from '../../webhook/review.ts';
import { salt } from '../../webhook/salt.ts';
import { contains } from '../relations/contains.ts';
import { hostileList, hostileText, spoilt } from '../relations/hostile.ts';
import { keepAlive, send } from './client.ts';
import { bytes, consumer, review } from './reviews.ts';
import { serve } from './serving.ts';

const settings = { hold: 'container', initContainers: [{ name: 'gate', image: 'gate:1' }] } as const;
const real: Admit = (input) => admit(input, settings, salt);

/** The response of the AdmissionReview that is answered; fails where it is an HTTP error. */
function responseTo(body: Buffer) {
  const verdict = mutate(body, real);
  if (verdict.outcome === 'failed') throw new Error(verdict.refusal.message);
  return JSON.parse(verdict.text).response;
}

const patched = (object: object, response: { patch?: string }): object =>
  response.patch === undefined
    ? object
    : patching.applyPatch(structuredClone(object), JSON.parse(Buffer.from(response.patch, 'base64').toString()), true)
        .newDocument;

/** As it comes out of a request's body: keys that every object has are properties of its own there. */
const sent = <T>(value: T): T => JSON.parse(JSON.stringify(value));

const annotations = fc.record({
  'tengu.io/consumes': hostileList,
  'tengu.io/relations': hostileList,
  'injector.tengu.io/stamp': hostileText,
});
const labels = fc.dictionary(hostileText, hostileText, { maxKeys: 4 });
const container = fc.record(
  {
    name: hostileText,
    image: hostileText,
    env: fc.array(fc.record({ name: hostileText, value: hostileText }), { maxLength: 3 }),
    envFrom: fc.array(fc.record({ prefix: hostileText, configMapRef: fc.record({ name: hostileText }) }), { maxLength: 2 }),
  },
  { requiredKeys: ['name'] },
);
/** Of the right shape, full of hostile texts. */
const workload = fc
  .record({
    metadata: fc.record({ name: hostileText, generateName: hostileText, labels, annotations }, { requiredKeys: ['annotations'] }),
    spec: fc.record({
      template: fc.record({
        metadata: fc.record({ annotations: labels, labels }, { requiredKeys: [] }),
        spec: fc.record(
          {
            containers: fc.array(container, { maxLength: 4 }),
            initContainers: fc.array(container, { maxLength: 3 }),
            volumes: fc.array(fc.record({ name: hostileText }), { maxLength: 3 }),
          },
          { requiredKeys: ['containers'] },
        ),
      }),
    }),
  })
  .map(sent);

describe('whatever comes in', () => {
  test('bytes that nobody understands are an HTTP error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), fc.json().map(Buffer.from)), (body) => {
        expect(mutate(Buffer.from(body), real)).toMatchObject({ outcome: 'failed', refusal: { status: 400 } });
      }),
    );
  });

  test('any part of a review replaced by anything is answered with its uid, or refused', () => {
    fc.assert(
      fc.property(spoilt(sent(review({ operation: 'UPDATE', oldObject: consumer() }))), (spoiltReview) => {
        const verdict = mutate(bytes(spoiltReview), real);
        if (verdict.outcome === 'failed') expect(verdict.refusal.status).toBe(400);
        else expect(JSON.parse(verdict.text).response).toMatchObject({ uid: verdict.review.uid, allowed: true });
      }),
      { numRuns: 300 },
    );
  });

  test('a workload full of hostile texts is answered, the patch applies, and a second review gives no patch', () => {
    fc.assert(
      fc.property(workload, fc.option(workload), (object, oldObject) => {
        const request = { name: '', operation: oldObject === null ? 'CREATE' : 'UPDATE', oldObject };
        const first = responseTo(bytes(review({ ...request, object })));
        expect(first).toMatchObject({ uid: review().request.uid, allowed: true });
        const again = responseTo(bytes(review({ ...request, object: patched(object, first) })));
        expect(again.patch).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  test('what the user wrote in a workload that is created is all there after the patch', () => {
    fc.assert(
      fc.property(workload, ({ metadata, spec }) => {
        const object = { metadata: { ...metadata, name: 'web' }, spec };
        const after = patched(object, responseTo(bytes(review({ name: '', object }))));
        // As it is: read once more from its text, V8 loses one key in a thousand of those that need an escape (Node 24.21).
        expect(isObject(after) && contains(after, object)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  test.each([
    ['lists', '['.repeat(200_000), ']'.repeat(200_000)],
    ['objects', '{"a":'.repeat(200_000), `0${'}'.repeat(200_000)}`],
  ])('%s nested without end are a fault of ours at worst', (_, opening, closing) => {
    const nested = (text: string) => text.replace('"image":', `"x":${opening}${closing},"image":`);
    const body = JSON.stringify(review({ operation: 'UPDATE', object: 'NEW', oldObject: 'OLD' }))
      .replace('"NEW"', nested(JSON.stringify(consumer())))
      .replace('"OLD"', nested(JSON.stringify(consumer())));
    const verdict = mutate(Buffer.from(body), real);
    if (verdict.outcome === 'failed')
      expect(verdict).toMatchObject({ reason: 'internal', review: { uid: review().request.uid } });
    else expect(JSON.parse(verdict.text).response).toMatchObject({ uid: review().request.uid, allowed: true });
  });
});

describe('over HTTPS, whatever comes in', () => {
  const name = fc.record({ name: hostileText, namespace: hostileText, uid: hostileText.filter((uid) => uid !== '') });
  const body = fc.oneof(
    spoilt(sent(review())).map(bytes),
    fc.tuple(name, workload).map(([names, object]) => bytes(review({ ...names, object }))),
    fc.uint8Array({ maxLength: 100 }).map((each) => Buffer.from(each)),
  );

  test('is answered, is one line in the log, and makes no label that is not documented', async () => {
    const webhook = await serve(real);
    const agent = keepAlive();
    const statuses = new Set<number>();
    for (const each of fc.sample(body, 150)) statuses.add((await send(webhook.port, each, { agent })).status);
    agent.destroy();
    await webhook.server.close();
    expect([...statuses].sort()).toEqual([200, 400]);

    const { lines, series } = await told(webhook.verdicts);
    expect(lines).toHaveLength(150);
    for (const line of lines) expect(Object.values(JSON.parse(line)).join(' ')).not.toMatch(UNREADABLE);
    const known = [
      ...OUTCOMES.flatMap((outcome) => ['', ...SKIP_REASONS, ...OUT_OF_SCOPE].map((reason) => `${outcome} ${reason}`)),
      ...REFUSAL_REASONS.map((reason) => `failed ${reason}`),
    ];
    expect(known).toEqual(expect.arrayContaining([...series]));
  });
});

const UNREADABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** The lines that the log has of these verdicts, and the labels of their metric. */
async function told(verdicts: readonly Verdict[]) {
  let text = '';
  const sink = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  const metrics = createMetrics('1', () => 0);
  const record = journal(pino({ base: null }, sink), metrics);
  for (const verdict of verdicts) record(verdict, 0);
  metrics.stop();
  const { values = [] } = (await metrics.registry.getSingleMetric('orcon_webhook_reviews_total')?.get()) ?? {};
  return { lines: text.trimEnd().split('\n'), series: values.map(({ labels }) => `${labels.outcome} ${labels.reason}`) };
}
