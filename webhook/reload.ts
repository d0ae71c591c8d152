import { readFile } from 'node:fs/promises';

/** What a text was read as, or every fault that it has, a line each. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly faults: readonly string[] };

export interface Source<T> {
  /** What is read, for messages: `certificate`, `gate settings`. */
  readonly what: string;
  readonly paths: readonly string[];
  /** Reads the files' contents, in the order of `paths`. Never throws. */
  readonly parse: (contents: readonly string[]) => Parsed<T>;
  /** What is worth telling of a version in a log line; no secret. */
  readonly summary: (value: T) => Readonly<Record<string, unknown>>;
}

export interface ReloadEvents<T> {
  /** A new version is in force; also called for the first one. */
  readonly changed: (value: T) => void;
  /** What the files now say cannot be used, so the old version stays in force; called once for each such content. */
  readonly refused: (faults: readonly string[]) => void;
  /** Called at every check that finds the files unusable, also when they have been refused before. */
  readonly failed: () => void;
}

/** What files say, kept up to date while the process runs. */
export interface Reloaded<T> {
  /** The version in force. */
  readonly current: () => T;
  /** Reads the files again, and puts them in force if they have changed and can be used. Never rejects. */
  readonly check: () => Promise<void>;
}

const READ_ATTEMPTS = 3;

/**
 * Reads files for the first time, and hands back what reads them again.
 *
 * Content is compared, not file events or times: the kubelet changes a mounted Secret by swapping a symbolic link, which
 * watchers of a file do not see.
 *
 * @throws an Error that names every fault when there is no first version
 */
export async function load<T>(source: Source<T>, events: ReloadEvents<T>): Promise<Reloaded<T>> {
  const first = await attempt(source);
  if (!first.parsed.ok) throw new Error(described(source, first.parsed.faults));
  let value = first.parsed.value;
  let seen = first.seen;
  let usable = true;
  let checking = false;
  events.changed(value);

  const check = async () => {
    const { seen: now, parsed } = await attempt(source, usable ? seen : undefined, value);
    const isNew = now !== seen;
    seen = now;
    usable = parsed.ok;
    if (!parsed.ok) {
      events.failed();
      if (isNew) events.refused(parsed.faults);
    } else if (isNew) {
      value = parsed.value;
      events.changed(value);
    }
  };
  return {
    current: () => value,
    check: async () => {
      // A read that hangs (a dead network mount) must not pile up further ones.
      if (checking) return;
      checking = true;
      await check().finally(() => {
        checking = false;
      });
    },
  };
}

interface Attempt<T> {
  /** Stands for the contents, or for the failure to read them; equal when nothing has changed. */
  readonly seen: string;
  readonly parsed: Parsed<T>;
}

/** Reads and parses; contents that are `known` are `value`, and are not parsed again. */
async function attempt<T>(source: Source<T>, known?: string, value?: T): Promise<Attempt<T>> {
  let contents: readonly string[];
  try {
    contents = await readTogether(source.paths);
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    return { seen: fault, parsed: { ok: false, faults: [fault] } };
  }
  const seen = JSON.stringify(contents);
  if (seen === known && value !== undefined) return { seen, parsed: { ok: true, value } };
  return { seen, parsed: source.parse(contents) };
}

/** Reads until two rounds agree: between two files of a Secret the kubelet may swap the folder. */
async function readTogether(paths: readonly string[]): Promise<readonly string[]> {
  const read = () => Promise.all(paths.map((path) => readFile(path, 'utf8')));
  let before = await read();
  if (paths.length === 1) return before;
  for (let round = 1; round < READ_ATTEMPTS; round++) {
    const after = await read();
    if (after.every((content, index) => content === before[index])) return after;
    before = after;
  }
  return before;
}

/** Waits for both; throws one Error with what is wrong with either. */
export async function bothLoaded<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  const failures = (await Promise.allSettled([a, b])).filter((result) => result.status === 'rejected');
  if (failures.length === 0) return [await a, await b];
  throw new Error(failures.map(({ reason }) => (reason instanceof Error ? reason.message : String(reason))).join('\n'));
}

/** One message for all faults of a source. */
export const described = (
  source: { readonly what: string; readonly paths: readonly string[] },
  faults: readonly string[],
): string => `${source.what} (${source.paths.join(', ')}) cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`;
