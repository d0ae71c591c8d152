import { execFile } from 'node:child_process';

/** What a program printed on its standard output, or undefined if it cannot be run or does not end well. */
export function ask(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, { env: environment, timeout: 20_000, maxBuffer: 1 << 26 }, (error, output) =>
      resolve(error ? undefined : output),
    );
  });
}
