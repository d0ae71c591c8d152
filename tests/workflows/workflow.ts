/** The workflows of this repository, read as far as tests ask. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const texts = z.record(z.string(), z.unknown());
const step = z.looseObject({
  name: z.string().optional(),
  if: z.string().optional(),
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
  env: z.record(z.string(), z.string()).default({}),
  steps: z.array(step),
});
const workflow = z.looseObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()),
  env: texts.default({}),
  jobs: z.record(z.string(), job),
});
export type Workflow = z.output<typeof workflow>;
export type Job = z.output<typeof job>;
export type Step = z.output<typeof step>;

export const FOLDER = join(import.meta.dirname, '../../.github/workflows');
export const FILES: readonly string[] = readdirSync(FOLDER);
/** Those with a job for each stack. */
export const WITH_STACKS = ['preview', 'deploy', 'drift'] as const;
/** How a workflow names the stack that a job is for. */
export const STACK = `\${{ matrix.stack }}`;

export const textOf = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');
export const workflowIn = (text: string): Workflow => workflow.parse(parse(text));

/** The one job of a workflow that runs Pulumi. */
export function pulumiJob(name: string, text = textOf(`${name}.yml`)): Job {
  const found = workflowIn(text).jobs[name];
  if (found === undefined) throw new Error(`${name}.yml has no job ${name}`);
  return found;
}

/** The step of a job of which this holds; there has to be one. */
export function stepOf({ steps }: Job, what: string, holds: (step: Step) => boolean): Step {
  const found = steps.find(holds);
  if (found === undefined) throw new Error(`no step ${what}`);
  return found;
}

/** The step that brings Pulumi; in all but drift.yml it also runs it. */
export const pulumiStep = (name: string): Step =>
  stepOf(pulumiJob(name), 'of Pulumi', ({ uses }) => uses?.startsWith('pulumi/actions@') ?? false);

/** A text of a job with what its environment says in place of its names. */
export const resolved = ({ env }: Job, value: unknown): string =>
  String(value).replaceAll(/\$\{\{ env\.(\w+) \}\}/g, (all, name: string) => env[name] ?? all);
