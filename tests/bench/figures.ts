/** One thing that was measured several times, in runs that alternate with those of what it is compared with. */
export interface Figure {
  /** What was measured, as the page says it: `requests a second, 16 connections`. */
  readonly what: string;
  /** Whose figure it is: `orcon`, `bare node:https`. Figures of the same `what` stand side by side. */
  readonly of: string;
  /** `ms`, `s`, `MB`, `/s`; empty for a bare number. */
  readonly unit: string;
  /** One value a run. */
  readonly values: readonly number[];
}

/** What orcon sets out to reach: a line with `ok` or `short of`, never a failing test. */
export interface Goal {
  /** What is compared with what: `requests a second at 16 connections, of the bare server's`. */
  readonly what: string;
  readonly measured: number;
  /** Unit of `measured` and `limit`; empty for a ratio. */
  readonly unit: string;
  readonly bound: 'at least' | 'at most';
  readonly limit: number;
}

/** The middle of the values; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** The value that a share of all are at most (nearest rank); `share` from 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** The middle of what each run's value is of the one of the same run: a busy moment hits both, and so cancels out. */
export const medianRatio = (values: readonly number[], floor: readonly number[]): number =>
  median(values.map((value, run) => value / (floor[run] ?? Number.NaN)));

/** Three digits, as many as a measurement is worth: `0.517`, `5.17`, `51.7`, `5,170`. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return 'none';
  return value.toLocaleString('en', Math.abs(value) >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 });
}

const withUnit = (text: string, unit: string) => (unit === '' || unit.startsWith('/') ? `${text}${unit}` : `${text} ${unit}`);

/** Median, smallest and largest, as `0.52 s (0.48-0.61)`. */
export function spread({ values, unit }: Pick<Figure, 'values' | 'unit'>): string {
  const middle = withUnit(rounded(median(values)), unit);
  return values.length === 1 ? middle : `${middle} (${rounded(Math.min(...values))}-${rounded(Math.max(...values))})`;
}

export const isReached = ({ measured, bound, limit }: Goal): boolean =>
  bound === 'at least' ? measured >= limit : measured <= limit;

/** A goal and whether it is reached, as `ok        requests a second …: 0.81 (goal: at least 0.75)`. */
export function goalLine(goal: Goal): string {
  const { what, measured, bound, limit, unit } = goal;
  const reached = isReached(goal) ? 'ok' : 'short of';
  return `${reached.padEnd(10)}${what}: ${withUnit(rounded(measured), unit)} (goal: ${bound} ${withUnit(String(limit), unit)})`;
}
