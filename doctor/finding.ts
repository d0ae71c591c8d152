import { types } from 'node:util';

/** What a check found: one line for whoever is about to run `pulumi up`. */
export interface Finding {
  /** `skipped`: nothing to check, or it could not be checked; it does not count as wrong. */
  readonly state: 'ok' | 'wrong' | 'skipped';
  /** What was looked at, in a word or two. */
  readonly subject: string;
  /** What is there; where it is wrong, what to do. */
  readonly said: string;
}

export const ok = (subject: string, said: string): Finding => ({ state: 'ok', subject, said });
export const wrong = (subject: string, said: string): Finding => ({ state: 'wrong', subject, said });
export const skipped = (subject: string, said: string): Finding => ({ state: 'skipped', subject, said });

const SIGNS = { ok: 'ok   ', wrong: 'WRONG', skipped: '-    ' } as const;

export const lineOf = ({ state, subject, said }: Finding): string => `${SIGNS[state]} ${subject}: ${said}`;

/** What a failure says of itself in the end; connections to several addresses say it of each of theirs. */
export function causeOf(failure: unknown): string {
  // `instanceof` knows the errors of one realm alone, and those of Node's own fetch may be of another.
  if (!types.isNativeError(failure)) return String(failure);
  const inner = Reflect.get(failure, 'errors')?.[0] ?? failure.cause;
  return types.isNativeError(inner) ? causeOf(inner) : failure.message || failure.name;
}
