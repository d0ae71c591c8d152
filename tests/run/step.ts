import { type Counts, failed } from './counts.ts';

/** One step of a run: a check or a layer of tests. */
export interface Step {
  readonly title: string;
  /** Runs it with the options that were given for jest, and says how many tests it had. */
  readonly run: (options: readonly string[]) => Promise<Counts>;
}

/** Announces a step, runs it and says how it went and for how long. A step that breaks counts as one failed test. */
export async function runStep({ title, run }: Step, options: readonly string[]): Promise<Counts> {
  console.log(`== ${title}`);
  const started = performance.now();
  let counts: Counts;
  try {
    counts = await run(options);
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error));
    counts = failed(1);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const tests = counts.passed + counts.failed > 0 ? `${counts.passed} passed, ${counts.failed} failed` : 'done';
  console.log(`   ${tests} in ${seconds} s\n`);
  return counts;
}
