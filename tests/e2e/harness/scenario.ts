import { rmSync } from 'node:fs';
import { test } from '@jest/globals';
import { type NamespaceOptions, TestNamespace } from './namespace.ts';
import { seenIn } from './seen.ts';
import { startsFolder } from './starts.ts';

const TIMEOUT_MS = 240_000;

export interface ScenarioOptions extends NamespaceOptions {
  /** For one that takes longer than others may, milliseconds. */
  readonly timeoutMs?: number;
}

/**
 * A test in a namespace of its own, which is deleted afterwards. The message of
 * a failure says what was to be seen there.
 */
export function scenario(sentence: string, act: (ns: TestNamespace) => Promise<void>, options?: ScenarioOptions): void {
  test(
    sentence,
    async () => {
      const ns = await TestNamespace.make(options);
      try {
        await tellingWhatIsSeen(ns, () => act(ns));
      } finally {
        await ns.delete();
        rmSync(startsFolder(ns.name), { recursive: true, force: true });
      }
    },
    options?.timeoutMs ?? TIMEOUT_MS,
  );
}

/** Runs `act`; what it throws says also what is to be seen in the namespace at that time. */
export async function tellingWhatIsSeen(ns: TestNamespace, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (error instanceof Error) error.stack = `${error.stack ?? error.message}\n\nin namespace ${ns.name}:\n${await seenIn(ns)}`;
    throw error;
  }
}
