import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Registry } from 'prom-client';
import { EVENT_TYPES } from '../../controller/events.ts';
import { WorkQueue } from '../../controller/kube/queue.ts';
import { LIST_REASONS, WATCH_ENDS } from '../../controller/kube/watch-trouble.ts';
import { createMetrics as controllerMetrics } from '../../controller/metrics.ts';
import { Turns } from '../../controller/turns.ts';
import { OUTCOMES, SKIP_REASONS } from '../../relations/admit.ts';
import { createMetrics as webhookMetrics } from '../../webhook/metrics.ts';
import { REFUSAL_REASONS, refusal } from '../../webhook/refusals.ts';
import { OUT_OF_SCOPE } from '../../webhook/review.ts';
import { ManualClock } from '../fake-api/manual-clock.ts';
import { logLines, stderrLines } from './log-lines.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');

/** The rows of the tables of a section: the texts in code of the first cell, and the other cells. */
function rowsOf(section: string) {
  const start = page.indexOf(`## ${section}\n`);
  if (start < 0) throw new Error(`docs/operations.md has no section ${section}`);
  const text = page.slice(start, page.indexOf('\n## ', start + 1));
  return text.split('\n').flatMap((line) => {
    const [, first, ...cells] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const names = first?.match(/(?<=`)[^`]+(?=`)/g)?.filter((_, index) => index % 2 === 0) ?? [];
    return line.startsWith('| `') ? [{ names, cells }] : [];
  });
}
const namesIn = (section: string) => rowsOf(section).flatMap(({ names }) => names);
const sorted = (names: Iterable<string>) => [...new Set(names)].sort();

const webhook = webhookMetrics('1', () => 0);
const controller = controllerMetrics('1');
const clock = new ManualClock();
controller.observe({
  queue: new WorkQueue({ workers: 1, handle: async () => {}, clock }),
  turns: new Turns({ limit: 1, clock, onTurn: () => {}, onStuck: () => {} }),
  leads: () => false,
  silentSeconds: () => 0,
});
afterAll(() => {
  webhook.stop();
  controller.stop();
});

/** `name{label,…}` of every metric, without the app's prefix. */
const metricsOf = (registry: Registry, prefix: string) =>
  registry.getMetricsAsArray().map((metric) => {
    const labels: unknown = Reflect.get(metric, 'labelNames');
    const told = Array.isArray(labels) && labels.length > 0 ? `{${labels.join()}}` : '';
    return `${metric.name.replace(prefix, '')}${told}`;
  });
const registered = [...metricsOf(webhook.registry, 'orcon_webhook_'), ...metricsOf(controller.registry, 'orcon_controller_')];

describe('docs/operations.md names', () => {
  test('every metric with its labels, and no other', () => {
    expect(sorted(namesIn('Metrics').filter((name) => !name.includes('…')))).toEqual(sorted(registered));
  });

  test('in its alerts nothing but metrics that there are', () => {
    const used = [...page.matchAll(/orcon_(?:webhook|controller)_([a-z_]+[a-z])/g)].map(([, name = '']) =>
      name.replace(/_(?:bucket|count|sum)$/, ''),
    );
    const known = registered.map((name) => name.replace(/\{.*/, ''));
    expect(known).toEqual(expect.arrayContaining(sorted(used)));
  });

  test('every reason of lists and of ends of watches', () => {
    const said = (metric: string) =>
      rowsOf('Metrics')
        .find(({ names }) => names.some((name) => name.startsWith(metric)))
        ?.cells.join(' ');
    for (const reason of LIST_REASONS) expect(said('lists_total')).toContain(`\`${reason}\``);
    for (const reason of WATCH_ENDS) expect(said('watch_ends_total')).toContain(`\`${reason}\``);
  });

  test('every Event with its type, and no other', () => {
    const told = rowsOf('Events, on the workload').map(({ names, cells }) => [names[0], cells[0]]);
    expect(told.sort()).toEqual(Object.entries(EVENT_TYPES).sort());
  });

  test('every outcome of an admission and every reason, those of HTTP errors with their status, and no other', () => {
    const rows = rowsOf('How an admission ends');
    expect(sorted(rows.flatMap(({ names }) => names))).toEqual(
      sorted([...OUTCOMES, 'failed', ...SKIP_REASONS, ...OUT_OF_SCOPE, ...REFUSAL_REASONS]),
    );
    for (const reason of REFUSAL_REASONS) {
      const row = rows.find(({ names }) => names.includes(reason));
      expect(row?.cells[0]?.split(', ')[row.names.indexOf(reason)]).toBe(String(refusal(reason, '').status));
    }
  });

  test.each([
    ['webhook', ['webhook']],
    ['controller', ['controller']],
  ])('every line that the %s may log, with its level, and no other', (_, folders) => {
    const lines = logLines(...folders);
    const rows = rowsOf('Logs');
    for (const { level, message } of lines) {
      const row = rows.find(({ names, cells }) => names.some((name) => message.test(name)) && cells[0]?.includes(level));
      expect({ message, told: row !== undefined }).toEqual({ message, told: true });
    }
    expect(lines.length).toBeGreaterThan(5);
  });

  test('no line that nobody logs', () => {
    const lines = logLines('webhook', 'controller', 'process');
    expect(namesIn('Logs').filter((name) => !lines.some(({ message }) => message.test(name)))).toEqual([]);
  });

  test('what is said on stderr without a logger', () => {
    const texts = stderrLines('webhook', 'controller', 'process');
    expect(texts).toHaveLength(4);
    for (const text of texts) expect(page).toContain(`\`${text}\``);
  });
});
