import type { Outcome } from '../local/offline/program.ts';
import { type Finding, ok, skipped, wrong } from './finding.ts';

/** What the program says of a stack's configuration, in its own lines. */
export function checkConfiguration(
  stack: string,
  { exitCode, errors, warnings, stderr }: Pick<Outcome, 'exitCode' | 'errors' | 'warnings' | 'stderr'>,
): readonly Finding[] {
  if (exitCode !== 0) return [wrong('configuration', (errors.length > 0 ? errors.join('\n') : stderr).trimEnd())];
  return [ok('configuration', `Pulumi.${stack}.yaml is fine`), ...warnings.map((line) => skipped('configuration', line))];
}
