import { expect, test } from '@jest/globals';
import { createMetrics } from '../../webhook/metrics.ts';

test('every way to fail is counted from zero, so that the first failure is an increase', async () => {
  const metrics = createMetrics('1', () => 0);
  const lines = (await metrics.registry.metrics()).split('\n').filter((line) => line.includes('outcome="failed"'));
  metrics.stop();
  expect(lines).toContain('orcon_webhook_reviews_total{outcome="failed",reason="internal"} 0');
  expect(lines.every((line) => line.endsWith('} 0'))).toBe(true);
});
