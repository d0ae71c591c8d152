import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { lintWorkflows } from '../../local/actionlint.ts';
import { GO_PROGRAMS } from '../../local/cluster/go-builds.ts';
import { reviewedStacks } from '../../local/offline/stacks.ts';
import { PAGE, withCloud } from './page.ts';
import { FILES, FOLDER, pulumiJob, pulumiStep, resolved, STACK, textOf, WITH_STACKS, workflowIn } from './workflow.ts';

// Building actionlint takes 10 s on an idle machine, once.
jest.setTimeout(300_000);

const stacks = reviewedStacks(join(FOLDER, '../..'));
const usesSecrets = (value: unknown) => JSON.stringify(value ?? null).includes('secrets.');

/** As they are, and as docs/delivery.md has them for a cloud: what is held here is held of both. */
const TEXTS: readonly (readonly [string, string])[] = [
  ...FILES.map((file) => [file, textOf(file)] as const),
  ...WITH_STACKS.map((name) => [`${name}.yml that signs in to a cloud`, withCloud(textOf(`${name}.yml`))] as const),
];

/** Lints workflows that are not those of this repository. */
async function lintTexts(texts: readonly string[]): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'orcon-workflows-'));
  for (const [index, text] of texts.entries()) writeFileSync(join(folder, `${index}.yml`), text);
  const found = await lintWorkflows(folder);
  rmSync(folder, { recursive: true });
  return found;
}

describe('actionlint', () => {
  test('finds no fault', async () => {
    expect(await lintWorkflows(FOLDER)).toEqual([]);
  });

  test('finds none either in what the page makes of them', async () => {
    expect(await lintTexts(TEXTS.map(([, text]) => text))).toEqual([]);
  });

  test('would find one', async () => {
    const faulty = textOf('deploy.yml').replaceAll('matrix.stack', 'matrix.stak');
    expect(await lintTexts([faulty])).toContainEqual(expect.stringContaining('property "stak" is not defined'));
  });
});

describe.each(TEXTS)('%s', (title, text) => {
  const { on, permissions, env, jobs } = workflowIn(text);

  test('pins every action by digest, and says which version that is', () => {
    const lines = text.split('\n').filter((line) => /\buses:/.test(line));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(/^ +- uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('may write nothing but the comment of a preview, and ask for a token of its own environment', () => {
    expect([{}, { contents: 'read' }]).toContainEqual(permissions);
    for (const { permissions: own = {}, environment } of Object.values(jobs)) {
      const { contents, 'id-token': token, 'pull-requests': comments, ...others } = own;
      expect(others).toEqual({});
      expect([undefined, 'read']).toContain(contents);
      expect([undefined, ...(environment === undefined ? [] : ['write'])]).toContain(token);
      expect([undefined, ...(title.startsWith('preview.yml') ? ['write'] : [])]).toContain(comments);
    }
  });

  test('leaves no credentials behind, and no job running for hours', () => {
    for (const { steps, 'timeout-minutes': minutes } of Object.values(jobs)) {
      expect(minutes).toBeLessThanOrEqual(60);
      for (const { uses, with: inputs } of steps)
        if (uses?.startsWith('actions/checkout@')) expect(inputs).toMatchObject({ 'persist-credentials': false });
    }
  });

  test('shows secrets to the steps that need them, and puts nothing into a script', () => {
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

  test('installs once: what every npm script does is not done before by hand', () => {
    for (const { steps } of Object.values(jobs))
      for (const { run } of steps) expect(run ?? '').not.toMatch(/\bnpm (ci|i|install)\b/);
  });

  test('gives no secret to the pull request of a fork or of Dependabot', () => {
    for (const trigger of ['pull_request_target', 'workflow_run', 'issue_comment']) expect(on).not.toHaveProperty(trigger);
    if (!('pull_request' in on)) return;
    for (const one of Object.values(jobs).filter(usesSecrets)) {
      const guards = one.if.split('&&').map((guard) => guard.trim());
      expect(guards).toContain('github.event.pull_request.head.repo.full_name == github.repository');
      // Whose pull request it is, not who pushed last: somebody may have rebased what Dependabot wrote.
      expect(guards).toContain("github.event.pull_request.user.login != 'dependabot[bot]'");
    }
  });
});

describe.each(WITH_STACKS)('%s.yml', (name) => {
  const job = pulumiJob(name);

  test('has every stack but that of the embedded cluster, each for itself', () => {
    expect(job.strategy?.matrix.stack.toSorted()).toEqual(stacks.filter((stack) => stack !== 'dev').toSorted());
    expect(job.concurrency?.group).toContain(`${name}-${STACK}`);
  });

  test('works on the stack that its environment is for', () => {
    expect(job.environment?.startsWith(STACK)).toBe(true);
    expect(job.env.STACK).toBe(STACK);
    // An organization may stand before it.
    expect(job.env.STACK_NAME?.endsWith(STACK)).toBe(true);
    if (name !== 'drift') expect(resolved(job, pulumiStep(name).with['stack-name']).endsWith(STACK)).toBe(true);
  });

  test('runs nothing where nothing is set up', () => {
    expect(job.if).toContain("vars.PULUMI_BACKEND_URL != ''");
  });

  test('asks the doctor first: a preview says nothing of a cluster that it cannot reach', () => {
    const doctor = job.steps.findIndex(({ run }) => run?.startsWith('npm run doctor -- --stack "$STACK"'));
    expect(doctor).toBeGreaterThan(0);
    expect(doctor).toBeLessThan(job.steps.findIndex(({ uses }) => uses?.startsWith('pulumi/actions@')));
    expect(job.steps[doctor]?.run?.endsWith('--preview')).toBe(name !== 'deploy');
  });

  test('runs the Pulumi that this repository is tested with', () => {
    expect(pulumiStep(name).with['pulumi-version']).toBe(GO_PROGRAMS.pulumi.version);
  });

  test('has its environment in the table of how to set them up', () => {
    expect(PAGE).toContain(`| \`${job.environment?.replace(STACK, '<stack>')}\` |`);
  });
});

test('a pull request is previewed with the rules, and told of in one comment', () => {
  expect(pulumiStep('preview').with).toMatchObject({ command: 'preview', policyPacks: 'policy', 'comment-on-pr': true });
});

test('a deployment is of main, goes through the gate of its stack, and is never cut off', () => {
  const { if: condition, environment, concurrency } = pulumiJob('deploy');
  expect(condition).toContain("&& github.ref == 'refs/heads/main'");
  expect(environment).toBe(STACK);
  expect(concurrency?.['cancel-in-progress']).toBe(false);
  expect(pulumiStep('deploy').with).toMatchObject({ command: 'up', policyPacks: 'policy' });
});

test('a deployment by hand puts back what was changed in the cluster, which a plain up does not see', () => {
  expect(pulumiStep('deploy').with.refresh).toBe(`\${{ github.event_name == 'workflow_dispatch' }}`);
  expect(workflowIn(textOf('deploy.yml')).on).toHaveProperty('workflow_dispatch');
});

test.each(['preview', 'drift'])('%s looks with an identity that may not write', (name) => {
  // Each in an environment of its own: reviewers of previews would keep the night's check waiting.
  expect(pulumiJob(name).environment).toBe(`${STACK}-${name}`);
  expect(JSON.stringify(pulumiJob(name).steps)).not.toMatch(/pulumi (up|destroy|refresh|import)|"command":"(?!preview)/);
});

test('drift is looked for every night', () => {
  const { on } = workflowIn(textOf('drift.yml'));
  expect(on.schedule).toEqual([{ cron: expect.stringMatching(/^\d+ \d+ \* \* \*$/) }]);
});
