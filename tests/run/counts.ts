/** How many tests passed and failed. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export const none: Counts = { passed: 0, failed: 0 };
export const passed = (count: number): Counts => ({ passed: count, failed: 0 });
export const failed = (count: number): Counts => ({ passed: 0, failed: count });
export const sum = (a: Counts, b: Counts): Counts => ({ passed: a.passed + b.passed, failed: a.failed + b.failed });
