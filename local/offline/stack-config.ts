/** The configuration of a stack as the CLI hands it to a program, but for what is encrypted: that takes the stack's secrets. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { isObject } from '../../relations/json.ts';

export interface StackConfig {
  /** As the program gets them: `project:config:key` to text. */
  readonly values: Readonly<Record<string, string>>;
  /** Keys, `project:key`, in whose values something is encrypted. */
  readonly encrypted: readonly string[];
}

/** Stands for a text that is encrypted. */
const ENCRYPTED = '(encrypted)';

/** A project's or a stack's file that the CLI would not take: which one, and why. */
export class UnusableFile extends Error {}

/** The content of a YAML file in a folder. Throws UnusableFile for what is none, as one with a key given twice. */
export function readYaml(folder: string, file: string): Readonly<Record<string, unknown>> {
  const text = readFileSync(join(folder, file), 'utf8');
  let content: unknown;
  try {
    content = parse(text);
  } catch (failure) {
    throw new UnusableFile(`${file}: ${failure instanceof Error ? failure.message.trimEnd() : failure}`);
  }
  return mapIn(file, content, 'it');
}

/** Defaults of `Pulumi.yaml` in a folder, and the values of `Pulumi.<stack>.yaml` before them. */
export function stackConfig(folder: string, stack: string): StackConfig {
  const project = readYaml(folder, 'Pulumi.yaml');
  const read = (file: string): readonly (readonly [string, unknown])[] =>
    Object.entries(mapIn(file, readYaml(folder, file).config, 'config')).map(([key, value]) => [
      wholeKey(file, key, String(project.name)),
      value,
    ]);
  const defaults = read('Pulumi.yaml')
    .map(([key, about]) => [key, isObject(about) ? (about.default ?? about.value) : about] as const)
    .filter(([, value]) => value !== undefined);
  const own = read(`Pulumi.${stack}.yaml`);
  const values = Object.entries(Object.fromEntries([...defaults, ...own]));
  return {
    values: Object.fromEntries(values.map(([key, value]) => [key.replace(':', ':config:'), asText(value)])),
    encrypted: own.filter(([, value]) => hasEncrypted(value)).map(([key]) => key),
  };
}

function mapIn(file: string, content: unknown, what: string): Readonly<Record<string, unknown>> {
  if (content === undefined || content === null) return {};
  if (!isObject(content)) throw new UnusableFile(`${file}: ${what} is no map of keys and values`);
  return content;
}

/** `namespace:key`: one without a namespace is the project's, and an old file has `namespace:config:key`. */
function wholeKey(file: string, key: string, project: string): string {
  const parts = key.split(':');
  if (parts.length === 1) return `${project}:${key}`;
  const [namespace, ...rest] = parts.length === 3 && parts[1] === 'config' ? [parts[0], parts[2]] : parts;
  if (rest.length > 1) throw new UnusableFile(`${file}: ${key} is no key of a configuration: it has to be <namespace>:<name>`);
  return `${namespace}:${rest[0]}`;
}

/** `secure` alone, with a text, is what the CLI takes for one that it has encrypted itself. */
const isEncrypted = (value: unknown): boolean =>
  isObject(value) && Object.keys(value).length === 1 && typeof value.secure === 'string';

const hasEncrypted = (value: unknown): boolean =>
  isEncrypted(value) || (typeof value === 'object' && value !== null && Object.values(value).some(hasEncrypted));

function asText(value: unknown): string {
  const shown = JSON.parse(JSON.stringify(value), (_, inner) => (isEncrypted(inner) ? ENCRYPTED : inner));
  return typeof shown === 'string' ? shown : JSON.stringify(shown);
}
