import { readFileSync } from 'node:fs';

/** Node's own flags in the entry point of an image, between the program and the bundle: they belong to what is measured. */
export function entryFlags(dockerfile: string): readonly string[] {
  const [, list = ''] = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(dockerfile, 'utf8')) ?? [];
  const words: unknown = JSON.parse(list);
  if (!Array.isArray(words)) throw new Error(`${dockerfile}: its ENTRYPOINT is no list`);
  return words.slice(1, -1).map(String);
}
