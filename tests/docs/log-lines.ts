import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const LEVELS: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const root = join(import.meta.dirname, '../..');

/** A line that an app may log, as its source has it. */
export interface LogLine {
  readonly level: string;
  /** What it can say: of a text that is put together only the parts that are fixed are known. */
  readonly message: RegExp;
}

/** Every call of a logger in the sources below these folders. */
export const logLines = (...folders: readonly string[]): readonly LogLine[] =>
  calls(folders).flatMap(({ called, last }) => {
    const level = /(?:^|\.)#?log\.(\w+)$/.exec(called)?.[1];
    return level !== undefined && LEVELS.includes(level) ? [{ level, message: patternOf(last) }] : [];
  });

/** The beginning, up to what is filled in, of every text that goes to stderr past the logger. */
export const stderrLines = (...folders: readonly string[]): readonly string[] =>
  calls(folders).flatMap(({ called, last }) =>
    called === 'process.stderr.write' && ts.isTemplateExpression(last) ? [last.head.text.replace(/: $/, '')] : [],
  );

interface Call {
  /** `log.info`, `this.#log.warn`, … */
  readonly called: string;
  readonly last: ts.Expression;
}

function calls(folders: readonly string[]): readonly Call[] {
  const found: Call[] = [];
  for (const file of folders.flatMap(sourcesIn)) {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      const last = ts.isCallExpression(node) ? node.arguments.at(-1) : undefined;
      if (ts.isCallExpression(node) && last !== undefined) found.push({ called: node.expression.getText(source), last });
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

const sourcesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(root, folder, file));

function patternOf(message: ts.Expression): RegExp {
  if (ts.isStringLiteralLike(message)) return exactly(escaped(message.text));
  if (ts.isTemplateExpression(message)) {
    const rest = message.templateSpans.map(({ literal }) => `.+${escaped(literal.text)}`);
    return exactly(escaped(message.head.text) + rest.join(''));
  }
  throw new Error(`a log line whose message is not there to be read: ${message.getText()}`);
}

const exactly = (pattern: string): RegExp => new RegExp(`^${pattern}$`);
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
