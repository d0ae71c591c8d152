/** The middle of the values; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** Median, smallest and largest of durations in milliseconds, as `0.52 s (0.48-0.61)`. */
export function spread(values: readonly number[]): string {
  const seconds = (value: number) => (value / 1000).toFixed(2);
  return `${seconds(median(values))} s (${seconds(Math.min(...values))}-${seconds(Math.max(...values))})`;
}

/** A goal and whether it holds, as `0.41 of it: ok (goal: at most 0.5)`. */
export function verdict(ratio: number, goal: number): string {
  return `${ratio.toFixed(2)} of it: ${ratio <= goal ? 'ok' : 'short of the goal'} (goal: at most ${goal})`;
}
