import { type Counts, failed, none, sum } from './counts.ts';

/** One step of a run: a check or a layer of tests. */
export interface Step {
  readonly title: string;
  /** Without it, what comes after makes no sense. */
  readonly vital?: boolean;
  /** Runs in any case: it clears up, or needs nothing of what comes before it. */
  readonly always?: boolean;
  /** Runs it with the options that were given for jest, and says how many tests it had. */
  readonly run: (options: readonly string[]) => Promise<Counts>;
}

/** Steps one after the other; plans within a list of their own run side by side. */
export type Plan = readonly (Step | readonly Plan[])[];

/** Runs a plan. Where a vital step fails, each that comes after it counts as one failed test, unrun. */
export async function runSteps(plan: Plan, options: readonly string[], broken?: Step): Promise<Counts> {
  let total = none;
  let reason = broken;
  for (const step of plan) {
    if ('title' in step) {
      const counts = reason === undefined || step.always ? await runStep(step, options) : leaveOut(step, reason);
      if (step.vital && counts.failed > 0) reason = step;
      total = sum(total, counts);
    } else {
      const sides = await Promise.all(step.map((side) => runSteps(side, options, reason)));
      total = sides.reduce(sum, total);
    }
  }
  return total;
}

function leaveOut({ title }: Step, broken: Step): Counts {
  console.log(`== ${title}\n   not run, because this failed: ${broken.title}\n`);
  return failed(1);
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
  console.log(`   ${title}: ${tests} in ${seconds} s\n`);
  return counts;
}
