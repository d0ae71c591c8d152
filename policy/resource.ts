/** What rules look at: resources as a program asks for them, whoever tells of them. */

export interface Resource {
  readonly urn: string;
  /** As `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  readonly name: string;
  /** URN of the parent; empty at the top. */
  readonly parent: string;
  /** Name of the provider that makes it, `default…` for one that the program did not name; undefined for what no provider makes. */
  readonly provider: string | undefined;
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface Rule {
  /** In kebab case, as Pulumi has it. */
  readonly name: string;
  /** What has to hold, and why. */
  readonly description: string;
  /** What is wrong with a resource: field, value and way out, a line each. Nothing for one that the rule is not about. */
  check(resource: Resource): readonly string[];
}

export interface Violation {
  readonly rule: string;
  readonly urn: string;
  readonly message: string;
}

/** Everything in `resources` that breaks one of the rules. */
export const violations = (rules: readonly Rule[], resources: readonly Resource[]): readonly Violation[] =>
  rules.flatMap(({ name, check }) =>
    resources.flatMap((resource) => check(resource).map((message) => ({ rule: name, urn: resource.urn, message }))),
  );

/** The type at the end of a URN: `urn:pulumi:<stack>::<project>::<type>$<type>::<name>`. */
export const typeOf = (urn: string): string => urn.split('::')[2]?.split('$').at(-1) ?? '';

/** Stands for a value that is known only once it is deployed, such as the digest of an image that is still to be built. */
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** A value in an error. */
export const shown = (value: unknown): string => JSON.stringify(value) ?? 'missing';
