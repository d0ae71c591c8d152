import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';

const figure = z.readonly(
  z.object({ what: z.string(), of: z.string(), unit: z.string(), values: z.readonly(z.array(z.number())) }),
);
const goal = z.readonly(
  z.object({
    what: z.string(),
    measured: z.number(),
    unit: z.string(),
    bound: z.enum(['at least', 'at most']),
    limit: z.number(),
  }),
);
const chart = z.readonly(z.object({ file: z.string(), title: z.string(), figures: z.readonly(z.array(z.string())) }));
const machine = z.readonly(
  z.object({
    processors: z.number(),
    model: z.string(),
    memoryGiB: z.number(),
    kernel: z.string(),
    node: z.string(),
    date: z.string(),
    seconds: z.number(),
    loadBefore: z.number(),
    others: z.number(),
    stolen: z.number(),
  }),
);
const result = z.readonly(
  z.object({
    figures: z.readonly(z.array(figure)),
    goals: z.readonly(z.array(goal)),
    charts: z.readonly(z.array(chart)),
    conditions: z.readonly(z.array(z.string())),
    machine,
  }),
);

/** What a part has found, and on what machine. */
export type Result = z.infer<typeof result>;

/** Beside the page: every value of every run, for who wants to look behind a median. */
const FOLDER = fileURLToPath(new URL('../../docs/benchmarks/', import.meta.url));

const fileOf = (part: string) => `${FOLDER}${part}.json`;

export function writeResult(part: string, found: Result): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(fileOf(part), `${JSON.stringify(found, undefined, 1)}\n`);
}

/** The last result of a part; undefined where it was never run. */
export function readResult(part: string): Result | undefined {
  return existsSync(fileOf(part)) ? result.parse(JSON.parse(readFileSync(fileOf(part), 'utf8'))) : undefined;
}

/** Writes a chart of the page, and gives its path from the page. */
export function writeChart(file: string, svg: string): string {
  writeFileSync(`${FOLDER}${file}.svg`, svg);
  return `benchmarks/${file}.svg`;
}
