import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { journal } from '../../webhook/journal.ts';
import { createMetrics } from '../../webhook/metrics.ts';
import { type Admit, mutate } from '../../webhook/mutate.ts';
import { bytes, consumer, deciding, review } from './reviews.ts';

/** What log and metrics tell of one request. */
async function told(body: Buffer, admit: Admit) {
  let text = '';
  const sink = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  const log = pino({ base: null, timestamp: false }, sink);
  const metrics = createMetrics('1.2.3', () => 0);
  journal(log, metrics)(mutate(body, admit), 0.003);
  metrics.stop();
  return { text, line: JSON.parse(text), metrics: await metrics.registry.metrics() };
}

test('a decision is one line with workload, outcome and reason', async () => {
  const { line } = await told(
    bytes(review({ dryRun: true })),
    deciding({ outcome: 'skipped', reason: 'no-relations', warnings: ['w'] }),
  );
  expect(line).toEqual({
    level: 30,
    outcome: 'skipped',
    reason: 'no-relations',
    kind: 'Deployment',
    namespace: 'shop',
    name: 'shop-front',
    operation: 'CREATE',
    uid: review().request.uid,
    dryRun: true,
    warnings: 1,
    msg: 'reviewed',
  });
});

test('a decision is counted by outcome and reason, with its duration', async () => {
  const { metrics } = await told(bytes(review()), deciding({ outcome: 'stamped' }));
  expect(metrics).toContain('orcon_webhook_reviews_total{outcome="stamped",reason=""} 1\n');
  expect(metrics).toContain('orcon_webhook_review_duration_seconds_bucket{le="0.0025"} 0\n');
  expect(metrics).toContain('orcon_webhook_review_duration_seconds_bucket{le="0.005"} 1\n');
});

test('a refused request is counted by its reason', async () => {
  const { line, metrics } = await told(Buffer.from('x'), deciding({}));
  expect(line).toMatchObject({ level: 40, reason: 'not-json' });
  expect(metrics).toContain('orcon_webhook_reviews_total{outcome="failed",reason="not-json"} 1\n');
});

test('no name from outside becomes a label', async () => {
  const { metrics } = await told(bytes(review({ name: 'odd-name', namespace: 'odd-space' })), deciding({}));
  expect(metrics).not.toMatch(/odd-/);
});

test('a name cannot forge a line, and is cut where the API server would refuse it', async () => {
  const name = `x"}\n{"level":60,"msg":"forged"}${'y'.repeat(5000)}`;
  const { text, line } = await told(bytes(review({ name })), deciding({}));
  expect(text.trimEnd()).not.toContain('\n');
  expect(line.name).toHaveLength(253);
});

test('the line of an inner fault says where it happened, and nothing of the object', async () => {
  const object = consumer('s3cret');
  const { text, line } = await told(bytes(review({ object })), ({ object }) => {
    throw new TypeError(`cannot read ${JSON.stringify(object)}`);
  });
  expect(line).toMatchObject({ level: 50, outcome: 'failed', reason: 'internal', uid: review().request.uid, error: 'TypeError' });
  expect(line.at[0]).toMatch(/^at .*journal\.test\.ts/);
  expect(text).not.toContain('s3cret');
});
