/**
 * The tests of this repository, layer by layer: `npm test`, or `tests/run.ts [LAYERS] [JEST OPTION ...]`.
 *
 * The last line is `N passed, N failed`. What was skipped counts as failed, and so does a layer without a test.
 */
import { checkLint, checkTypes } from './run/checks.ts';
import { beginCluster, endCluster } from './run/cluster.ts';
import { type Counts, failed } from './run/counts.ts';
import { runJest } from './run/jest.ts';
import { type Plan, runSteps, type Step } from './run/step.ts';

const types: Step = { title: 'type check', run: checkTypes };
const lint: Step = { title: 'lint and format', run: checkLint };
const layer = (project: string, title: string, workers: number, eachTest = false): Step => ({
  title,
  run: (options) => runJest({ project, workers, eachTest, options }),
});
const unit = layer('unit', 'unit tests', 2);
const slow = layer('slow', 'unit tests that take seconds: apps as processes, models', 2);
const infra = layer('infra', 'the Pulumi program with mocks, its rules, workflows and doctor', 1);
const plugins = layer('plugins', "tests of what stands in for Pulumi's provider plugins", 2);
const deploy = layer('deploy', 'e2e: orcon is deployed', 1, true);
const scenarios = layer('scenarios', 'e2e: scenarios on the running orcon', 5, true);
const rights = layer('rights', 'e2e: what the controller may do, and where pods are admitted', 3, true);
const refusals = layer('refusals', 'e2e: what the controller was refused until here', 1, true);
const outage = layer('outage', 'e2e: the API server goes away and comes back', 1, true);
const faults = layer('faults', 'e2e: what else orcon needs goes away and comes back', 1, true);
const engine = layer('engine', "e2e: the plugins with Pulumi's real engine, the images with Docker's", 2, true);
const lifecycle = layer('lifecycle', 'e2e: orcon is changed and taken away', 1, true);
/**
 * On an empty cluster, in this order; the plugins' tests, which mostly wait, beside others while the API server stays. While it is
 * away, and until everybody asks it again, the machine has nothing to do: that is the time of what needs no cluster.
 */
const onCluster = (meanwhile: Plan): Plan => [
  beginCluster,
  { ...deploy, vital: true },
  [[scenarios], [rights], [engine]],
  refusals,
  [[outage], meanwhile],
  faults,
  lifecycle,
  endCluster,
];

/** Needs no cluster, so it runs also where there is none. */
const alone = (step: Step): Step => ({ ...step, always: true });

const RUNS: Readonly<Record<string, Plan>> = {
  all: [types, lint, unit, ...onCluster([infra, slow, plugins].map(alone))],
  check: [types, lint],
  unit: [unit],
  slow: [slow],
  infra: [infra],
  plugins: [plugins],
  e2e: onCluster([]),
  // Parts of e2e on the embedded cluster as it runs: for working on them.
  deploy: [deploy],
  scenarios: [scenarios],
  rights: [rights],
  refusals: [refusals],
  outage: [outage],
  faults: [faults],
  lifecycle: [lifecycle],
  engine: [engine],
};

async function main([first, ...rest]: readonly string[]): Promise<Counts> {
  const named = first === undefined || first.startsWith('-') ? undefined : first;
  const steps = RUNS[named ?? 'all'];
  if (steps === undefined) {
    console.error(`orcon: there are no tests called ${named}; there are ${Object.keys(RUNS).join(', ')}`);
    return failed(1);
  }
  const options = named === undefined && first !== undefined ? [first, ...rest] : rest;
  return runSteps(steps, options);
}

const counts = await main(process.argv.slice(2));
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
console.log(`${counts.passed} passed, ${counts.failed} failed`);
