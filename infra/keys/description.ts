import { z } from 'zod';

/** What is said about a configuration key, here, in `Pulumi.yaml` and in an error. */
export interface KeyDescription {
  /** What the key decides. */
  readonly description: string;
  /** What a value has to be, to follow "expected". */
  readonly expects: string;
  /** A value that fits, as YAML. */
  readonly example: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'array' | 'object';
  /** What a list holds. */
  readonly items?: 'string' | 'integer' | 'object';
  /** The value where a stack sets none, as `Pulumi.yaml` has it. Empty text means: not set. */
  readonly default: string | number | boolean | readonly (string | number)[] | Readonly<Record<string, unknown>>;
}

const descriptions = z.registry<KeyDescription>();

/** `schema`, which parses the value of a key, with what is said about it. Give each key a schema of its own. */
export function key<T extends z.ZodType>(schema: T, about: KeyDescription): T {
  descriptions.add(schema, about);
  return schema;
}

/** What was said about the schema of a key. */
export function described(schema: z.ZodType): KeyDescription {
  const about = descriptions.get(schema);
  if (about === undefined) throw new Error('infra/keys: a key without a description; add it with key(…).');
  return about;
}
