import { type Counts, failed, none, sum } from './counts.ts';

/** One step of a run: a check or a layer of tests. */
export interface Step {
  readonly title: string;
  /** Without it, what comes after makes no sense. */
  readonly vital?: boolean;
  /** Clears up, so it runs in any case. */
  readonly always?: boolean;
  /** Runs it with the options that were given for jest, and says how many tests it had. */
  readonly run: (options: readonly string[]) => Promise<Counts>;
}

/** Runs steps one after the other. Where a vital one fails, each that comes after it counts as one failed test, unrun. */
export async function runSteps(steps: readonly Step[], options: readonly string[]): Promise<Counts> {
  let total = none;
  let broken: Step | undefined;
  for (const step of steps) {
    const runs = broken === undefined || step.always;
    if (!runs) console.log(`== ${step.title}\n   not run, because this failed: ${broken?.title}\n`);
    const counts = runs ? await runStep(step, options) : failed(1);
    if (step.vital && counts.failed > 0) broken = step;
    total = sum(total, counts);
  }
  return total;
}

/** Announces a step, runs it and says how it went and for how long. A step that breaks counts as one failed test. */
async function runStep({ title, run }: Step, options: readonly string[]): Promise<Counts> {
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
