import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runNode } from './command.ts';
import type { Counts } from './counts.ts';

/** A project of jest.config.mjs to be run. */
export interface JestRun {
  readonly project: string;
  readonly workers: number;
  /** Whether each passed test gets a line, which shows how a long layer gets on. */
  readonly eachTest: boolean;
  /** Further options, such as `-t 'a name'`. */
  readonly options: readonly string[];
}

const COUNTS = [
  'numPassedTests',
  'numFailedTests',
  'numPendingTests',
  'numTodoTests',
  'numRuntimeErrorTestSuites',
  'numTotalTests',
] as const;

/** Reads the counts of jest's `--json` file. Throws if it is not one. */
function readResults(file: string): Record<(typeof COUNTS)[number], number> {
  const parsed: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'));
  const read = (name: string): number => {
    const value = parsed[name];
    if (typeof value !== 'number') throw new Error(`jest's results have no number ${name}`);
    return value;
  };
  return {
    numPassedTests: read('numPassedTests'),
    numFailedTests: read('numFailedTests'),
    numPendingTests: read('numPendingTests'),
    numTodoTests: read('numTodoTests'),
    numRuntimeErrorTestSuites: read('numRuntimeErrorTestSuites'),
    numTotalTests: read('numTotalTests'),
  };
}

/**
 * Runs the tests of one project. Failed are: failed tests, skipped ones and those left to do (nobody would look at
 * them again), files that could not be run, and a project without a test.
 */
export async function runJest({ project, workers, eachTest, options }: JestRun): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'orcon-jest-'));
  const file = join(folder, 'results.json');
  try {
    const { code, stderr } = await runNode(
      [
        '--disable-warning=ExperimentalWarning',
        '--experimental-vm-modules',
        'node_modules/jest/bin/jest.js',
        `--selectProjects=${project}`,
        `--maxWorkers=${workers}`,
        `--reporters=<rootDir>/tests/run/${eachTest ? 'report-each-test' : 'report-failures'}.mjs`,
        '--ci',
        ...(process.stdout.isTTY ? [] : ['--no-color']),
        '--json',
        `--outputFile=${file}`,
        ...options,
      ],
      true,
    );
    if (!existsSync(file)) throw new Error(`jest ended with code ${code} and without results:\n${stderr.trimEnd()}`);
    const results = readResults(file);
    // With options somebody picks some tests; jest calls the others pending.
    const unfinished = options.length > 0 ? 0 : results.numPendingTests + results.numTodoTests;
    if (results.numTotalTests === 0) console.log(`   the project ${project} ran no test`);
    if (unfinished > 0) console.log(`   ${unfinished} tests were skipped or are still to be written; that counts as failed`);
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites + unfinished;
    // Jest can fail without a failed test, for instance when coverage or a global teardown fails.
    const unnamed = failed === 0 && (code !== 0 || results.numTotalTests === 0) ? 1 : 0;
    if (unnamed > 0) console.log(stderr.trimEnd());
    return { passed: results.numPassedTests, failed: failed + unnamed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
