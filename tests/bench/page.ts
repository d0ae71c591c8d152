import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chartOf } from './chart.ts';
import { fieldRows } from './field.ts';
import { type Figure, type Goal, isReached, rounded, spread } from './figures.ts';
import { conditionsLine } from './machine.ts';
import { type Result, readResult, writeChart } from './results.ts';

const PAGE = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));

/** A place in the page that is written from results: `<!-- bench: NAME -->` … `<!-- end -->`; what is around it is by hand. */
const PLACE = /(<!-- bench: (?<name>[\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g;

/** Writes what the last results say into docs/benchmarks.md, and its charts beside it. A part that was never run stays as it is. */
export function writePage(): void {
  writeFileSync(PAGE, filled(readFileSync(PAGE, 'utf8'), sectionOf));
}

/** `page` with what `section` gives for each place; undefined leaves a place as it is. */
export const filled = (page: string, section: (name: string) => string | undefined): string =>
  page.replace(PLACE, (whole: string, start: string, name: string, end: string) => {
    const text = section(name);
    return text === undefined ? whole : `${start}\n${text}\n\n${end}`;
  });

function sectionOf(name: string): string | undefined {
  if (name === 'field') return table(['', 'prototype (Go)', 'servicebinding/runtime (Go, 2024)', 'orcon'], fieldRows());
  const result = readResult(name);
  if (result === undefined) return undefined;
  const charts = result.charts.map((chart) => `![${chart.title}](${writeChart(chart.file, chartOf(chart, result.figures))})`);
  const blocks = [...charts, figureTable(result.figures), goalTable(result.goals), conditionLines(result)];
  return blocks.filter((block) => block !== '').join('\n\n');
}

/** A row for each thing measured, a column a side. */
function figureTable(figures: readonly Figure[]): string {
  if (figures.length === 0) return '';
  const sides = [...new Set(figures.map((figure) => figure.of))];
  const rows = [...new Set(figures.map((figure) => figure.what))].map((what) => {
    const cells = sides.map((side) => figures.find((figure) => figure.what === what && figure.of === side));
    return [what, ...cells.map((figure) => (figure === undefined ? '' : spread(figure)))];
  });
  return table(['median (smallest-largest)', ...sides], rows);
}

function goalTable(goals: readonly Goal[]): string {
  if (goals.length === 0) return '';
  const rows = goals.map((goal) => {
    const unit = goal.unit === '' ? '' : ` ${goal.unit}`;
    const limit = `${goal.bound} ${goal.limit}${unit}`;
    return [goal.what, `${rounded(goal.measured)}${unit}`, limit, isReached(goal) ? 'ok' : '**short of**'];
  });
  return table(['goal', 'measured', 'limit', ''], rows);
}

const conditionLines = ({ conditions, machine }: Result): string =>
  [...conditions, `Measured ${conditionsLine(machine)}.`].map((line) => `- ${line}`).join('\n');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}
