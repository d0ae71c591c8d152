import { type Figure, median, quantile, rounded } from './figures.ts';
import { readResult } from './results.ts';

/** What was measured of others, and where the same of orcon is found. */
interface Row {
  readonly what: string;
  /** The prototype in Go, and servicebinding/runtime (Go, 2024). */
  readonly prototype: string;
  readonly serviceBinding: string;
  readonly ours: () => string | undefined;
}

const figureOf = (part: string, what: string, of: string): Figure | undefined =>
  readResult(part)?.figures.find((figure) => figure.what.startsWith(what) && figure.of.startsWith(of));

/** As text, where it has been measured: the share of the values that is asked for, or their median. */
function told(part: string, what: string, of: string, share?: number): string | undefined {
  const figure = figureOf(part, what, of);
  if (figure === undefined) return undefined;
  const value = share === undefined ? median(figure.values) : quantile(figure.values, share);
  const { unit } = figure;
  return `${rounded(value)}${unit === '' || unit.startsWith('/') ? unit : ` ${unit}`}`;
}

/** Several figures in one cell; undefined where one of them has not been measured yet. */
function joined(parts: readonly (readonly [string, string | undefined])[]): string | undefined {
  return parts.every(([, text]) => text !== undefined) ? parts.map(([label, text]) => `${label}${text}`).join('') : undefined;
}

const STAMPED = 'a new Deployment is stamped, 16 connections';

const ROWS: readonly Row[] = [
  {
    what: 'one provider appears until its consumer is supplied, p50 / p95',
    prototype: '23 / 36 ms; 52 / 98 ms with 225 consumers around',
    serviceBinding: '96 / 145 ms',
    ours: () =>
      joined([
        ['', told('appearance', 'one consumer', 'orcon', 0.5)],
        [' / ', told('appearance', 'one consumer', 'orcon', 0.95)],
        ['; ', told('appearance', 'the same among', 'orcon', 0.5)],
        [' / ', told('appearance', 'the same among', 'orcon', 0.95)],
        [' with 5,000 consumers around', ''],
      ]),
  },
  {
    what: '200 consumers of one Service are supplied',
    prototype: '38.2 s',
    serviceBinding: '43 s (200 bindings), 55-61 s (a change)',
    ours: () =>
      joined([
        ['', told('fan-out', '200 consumers', 'a Service appears')],
        [', ', told('fan-out', '200 consumers', 'a value changes')],
        [' (a change)', ''],
      ]),
  },
  {
    what: 'restart until a new relation is served',
    prototype: '',
    serviceBinding: '80-100 s with some 450 relations',
    ours: () =>
      joined([
        ['', told('restart', 'start of the process', 'orcon')],
        [' with 5,000 relations', ''],
      ]),
  },
  {
    what: 'webhook on one core, 16 connections, Deployment of 5 KB',
    prototype: '2,300/s, p99 27 ms',
    serviceBinding: '',
    ours: () =>
      joined([
        ['', told('webhook', `requests/s: ${STAMPED}`, 'orcon')],
        [', p99 ', told('webhook', `p99: ${STAMPED}`, 'orcon')],
      ]),
  },
  {
    what: "the webhook's share of an admission",
    prototype: '2.4 ms',
    serviceBinding: '1.6-7.6 ms',
    ours: () => told('admission', 'one at a time', "the webhook's share"),
  },
  {
    what: 'resident memory',
    prototype: '28 MB webhook, 27 MB controller',
    serviceBinding: '81 MB',
    ours: () =>
      joined([
        ['', told('webhook', 'resident memory under load', 'orcon')],
        [' webhook under load; ', told('scale', 'resident memory', '1,000 consumers')],
        [' controller with 1,000 consumers, ', told('scale', 'resident memory', '20,000 consumers')],
        [' with 20,000', ''],
      ]),
  },
];

/** A row for each figure of others, with orcon's of the last results beside it. */
export const fieldRows = (): readonly (readonly string[])[] =>
  ROWS.map(({ what, prototype, serviceBinding, ours }) => [what, prototype, serviceBinding, ours() ?? '']);
