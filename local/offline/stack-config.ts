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

/** Defaults of `Pulumi.yaml` in a folder, and the values of `Pulumi.<stack>.yaml` before them. */
export function stackConfig(folder: string, stack: string): StackConfig {
  const read = (file: string) => parse(readFileSync(join(folder, file), 'utf8'))?.config ?? {};
  const defaults = Object.entries<{ default?: unknown; value?: unknown }>(read('Pulumi.yaml'))
    .map(([key, about]) => [key, about.default ?? about.value])
    .filter(([, value]) => value !== undefined);
  const own = Object.entries(read(`Pulumi.${stack}.yaml`));
  const values = Object.entries(Object.fromEntries([...defaults, ...own]));
  return {
    values: Object.fromEntries(values.map(([key, value]) => [key.replace(':', ':config:'), asText(value)])),
    encrypted: own.filter(([, value]) => hasEncrypted(value)).map(([key]) => key),
  };
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
