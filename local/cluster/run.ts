import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

const LAST_LINES = 15;

/** A command that is run to its end. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** File that receives everything the command prints. */
  readonly log: string;
}

/** Says what failed, shows the last lines of its log and where the rest is. */
export class LoggedFailure extends Error {
  constructor(what: string, log: string) {
    super(`${what}; the last lines of ${log}:\n${lastLines(log)}`);
    this.name = 'LoggedFailure';
  }
}

/** The last lines of a log, indented; a line that says so if there are none. */
export function lastLines(log: string, count = LAST_LINES): string {
  let text = '';
  try {
    text = readFileSync(log, 'utf8').trimEnd();
  } catch {
    return '  (there is no such file)';
  }
  if (text === '') return '  (it is empty)';
  return text
    .split('\n')
    .slice(-count)
    .map((line) => `  ${line}`)
    .join('\n');
}

/** Runs a command with its output in a log of its own; throws a {@link LoggedFailure} if it does not end well. */
export async function run({ program, args, folder, environment, log }: Command): Promise<void> {
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'w');
  try {
    const ended = await new Promise<string>((resolve) => {
      const child = spawn(program, args, { cwd: folder, env: environment ?? process.env, stdio: ['ignore', output, output] });
      child.once('error', (error) => resolve(`could not be started (${error.message})`));
      child.once('exit', (code, signal) => resolve(code === 0 ? '' : `ended with ${signal ?? `exit code ${code}`}`));
    });
    if (ended !== '') throw new LoggedFailure(`${program} ${args.slice(0, 2).join(' ')} ${ended}`, log);
  } finally {
    closeSync(output);
  }
}
