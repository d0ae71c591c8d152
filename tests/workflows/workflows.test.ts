import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { lintWorkflows } from '../../local/actionlint.ts';
import { GO_PROGRAMS } from '../../local/cluster/go-builds.ts';
import { reviewedStacks } from '../../local/offline/stacks.ts';

// Building actionlint takes 10 s on an idle machine, once.
jest.setTimeout(300_000);

const texts = z.record(z.string(), z.unknown());
const step = z.looseObject({
  name: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  with: texts.default({}),
  env: texts.default({}),
});
const job = z.looseObject({
  if: z.string().default(''),
  permissions: z.record(z.string(), z.string()).optional(),
  environment: z.string().optional(),
  concurrency: z.looseObject({ group: z.string(), 'cancel-in-progress': z.boolean() }).optional(),
  strategy: z.looseObject({ matrix: z.looseObject({ stack: z.array(z.string()) }) }).optional(),
  'timeout-minutes': z.number().optional(),
  env: texts.default({}),
  steps: z.array(step),
});
const workflow = z.looseObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()),
  env: texts.default({}),
  jobs: z.record(z.string(), job),
});
type Job = z.output<typeof job>;

const folder = join(import.meta.dirname, '../../.github/workflows');
const files = readdirSync(folder);
const stacks = reviewedStacks(join(folder, '../..'));
const textOf = (file: string) => readFileSync(join(folder, file), 'utf8');
const read = (file: string) => workflow.parse(parse(textOf(file)));
const jobsOf = (file: string) => Object.values(read(file).jobs);
/** The one job of a workflow that runs Pulumi. */
function pulumiJob(name: string): Job {
  const found = read(`${name}.yml`).jobs[name];
  if (found === undefined) throw new Error(`${name}.yml has no job ${name}`);
  return found;
}
const pulumiStep = (name: string) => pulumiJob(name).steps.find(({ uses }) => uses?.startsWith('pulumi/actions@'));
/** How a workflow names the stack that a job is for. */
const STACK = `\${{ matrix.stack }}`;
const usesSecrets = (value: unknown) => JSON.stringify(value ?? null).includes('secrets.');

describe('actionlint', () => {
  test('finds no fault', async () => {
    expect(await lintWorkflows(folder)).toEqual([]);
  });

  test('would find one', async () => {
    const faulty = mkdtempSync(join(tmpdir(), 'orcon-workflows-'));
    writeFileSync(join(faulty, 'deploy.yml'), textOf('deploy.yml').replaceAll('matrix.stack', 'matrix.stak'));
    expect(await lintWorkflows(faulty)).toContainEqual(expect.stringContaining('property "stak" is not defined'));
    rmSync(faulty, { recursive: true });
  });
});

describe.each(files)('%s', (file) => {
  test('pins every action by digest, and says which version that is', () => {
    const lines = textOf(file)
      .split('\n')
      .filter((line) => /\buses:/.test(line));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(/^ +- uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('may do no more than it has to', () => {
    const mayComment = file === 'preview.yml';
    expect([{}, { contents: 'read' }]).toContainEqual(read(file).permissions);
    for (const { permissions } of jobsOf(file))
      expect([undefined, { contents: 'read', ...(mayComment && { 'pull-requests': 'write' }) }]).toContainEqual(permissions);
  });

  test('leaves no credentials behind, and no job running for hours', () => {
    for (const { steps, 'timeout-minutes': minutes } of jobsOf(file)) {
      expect(minutes).toBeLessThanOrEqual(60);
      for (const { uses, with: inputs } of steps)
        if (uses?.startsWith('actions/checkout@')) expect(inputs).toMatchObject({ 'persist-credentials': false });
    }
  });

  test('shows secrets to the steps that need them, and puts nothing into a script', () => {
    const { env, jobs } = read(file);
    expect(usesSecrets(env)).toBe(false);
    for (const { env: shared, steps } of Object.values(jobs)) {
      expect(usesSecrets(shared)).toBe(false);
      for (const { run, env: own } of steps) {
        expect(run ?? '').not.toContain('${{');
        // What npm installs gets to see none.
        if (run?.startsWith('npm ')) expect(usesSecrets(own)).toBe(false);
      }
    }
  });

  test('gives no secret to the pull request of a fork', () => {
    const { on, jobs } = read(file);
    for (const trigger of ['pull_request_target', 'workflow_run', 'issue_comment']) expect(on).not.toHaveProperty(trigger);
    if (!('pull_request' in on)) return;
    for (const one of Object.values(jobs))
      if (usesSecrets(one)) expect(one.if).toContain('github.event.pull_request.head.repo.full_name == github.repository &&');
  });
});

describe.each(['preview', 'deploy', 'drift'])('%s.yml', (name) => {
  test('has every stack but that of the embedded cluster, each for itself', () => {
    const { strategy, concurrency } = pulumiJob(name);
    expect(strategy?.matrix.stack.toSorted()).toEqual(stacks.filter((stack) => stack !== 'dev'));
    expect(concurrency?.group).toContain(`${name}-${STACK}`);
    expect(pulumiStep(name)?.with['stack-name']).toBe(STACK);
  });

  test('runs nothing where nothing is set up', () => {
    expect(pulumiJob(name).if).toContain("vars.PULUMI_BACKEND_URL != ''");
  });

  test('asks the doctor first: a preview says nothing of a cluster that it cannot reach', () => {
    const { steps } = pulumiJob(name);
    const doctor = steps.findIndex(({ run }) => run?.startsWith('npm run doctor'));
    expect(doctor).toBeGreaterThan(0);
    expect(doctor).toBeLessThan(steps.findIndex(({ uses }) => uses?.startsWith('pulumi/actions@')));
    expect(steps[doctor]?.run?.endsWith('--preview')).toBe(name !== 'deploy');
  });

  test('runs the Pulumi that this repository is tested with', () => {
    expect(pulumiStep(name)?.with['pulumi-version']).toBe(GO_PROGRAMS.pulumi.version);
  });
});

test('a pull request is previewed with the rules, and told of in one comment', () => {
  expect(pulumiStep('preview')?.with).toMatchObject({ command: 'preview', policyPacks: 'policy', 'comment-on-pr': true });
});

test('a deployment goes through the gate of its stack, and is never cut off', () => {
  const { environment, concurrency } = pulumiJob('deploy');
  expect(environment).toBe(STACK);
  expect(concurrency?.['cancel-in-progress']).toBe(false);
  expect(pulumiStep('deploy')?.with).toMatchObject({ command: 'up', policyPacks: 'policy' });
});

test.each(['preview', 'drift'])('%s looks with an identity that may not write', (name) => {
  // Each in an environment of its own: reviewers of previews would keep the night's check waiting.
  expect(pulumiJob(name).environment).toBe(`${STACK}-${name}`);
  expect(pulumiStep(name)?.with.command).toBe('preview');
});

test('every environment is in the table of how to set them up', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/delivery.md'), 'utf8');
  for (const name of ['preview', 'deploy', 'drift'])
    expect(page).toContain(`| \`${pulumiJob(name).environment?.replace(STACK, '<stack>')}\` |`);
});

test('drift is looked for every night, in the cluster itself, and any change is a fault', () => {
  expect(parse(textOf('drift.yml')).on.schedule).toEqual([{ cron: expect.stringMatching(/^\d+ \d+ \* \* \*$/) }]);
  expect(pulumiStep('drift')?.with).toMatchObject({ refresh: true, 'expect-no-changes': true });
});
