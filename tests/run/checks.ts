import { runNode } from './command.ts';
import { type Counts, failed, passed } from './counts.ts';

/** Runs a checker and shows what it says only if it finds fault. */
async function check(program: string, ...args: readonly string[]): Promise<Counts> {
  const { code, stdout, stderr } = await runNode([program, ...args]);
  if (code === 0) return passed(1);
  console.log(`${stdout}${stderr}`.trimEnd());
  return failed(1);
}

/** One test: TypeScript 7 finds no fault. It is called by its path, because two packages bring a `tsc`. */
export const checkTypes = () => check('node_modules/@typescript/native/bin/tsc', '-p', '.', '--pretty', 'false');

/** One test: Biome finds no fault, warnings included. Nothing is written. */
export const checkLint = () => check('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.');
