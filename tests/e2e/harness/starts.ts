import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cluster } from './cluster.ts';

/** The volume by which the app containers of the tests note their starts, also those whose pods are gone since. */
export const STARTS_VOLUME = 'starts';
/** Where an app container appends to, in itself. */
export const STARTS_FILE = '/starts/log';

/** The folder of this machine, which is the node, that a namespace's starts are noted in. */
export const startsFolder = (namespace: string): string => join(cluster.folder, 'starts', namespace);

/** One start of an app container: its pod, and the variables that it says. */
export interface Start {
  readonly pod: string;
  readonly values: Readonly<Record<string, string>>;
}

/** Every start of an app container in a namespace so far, in their order. */
export function startsIn(namespace: string): readonly Start[] {
  const file = join(startsFolder(namespace), 'log');
  return existsSync(file) ? readStarts(readFileSync(file, 'utf8')) : [];
}

/** Reads lines of the form `pod-name APP=1 SSE=host`. */
export const readStarts = (text: string): readonly Start[] =>
  text
    .split('\n')
    .filter((line) => line.includes(' APP='))
    .map((line) => {
      const [pod = '', ...assignments] = line.split(' ');
      return { pod, values: Object.fromEntries(assignments.map((each) => each.split('=', 2))) };
    });
