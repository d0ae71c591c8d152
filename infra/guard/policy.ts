import { NAMESPACE_ENABLED, NAMESPACE_OPT_IN } from '../../relations/vocabulary.ts';
import { entry, mapAt, text } from './cel.ts';

/** What an account may do to objects of some kinds. Expressions are CEL. */
export interface Policy {
  /** Ends the name of the policy. */
  readonly name: string;
  readonly rules: readonly PolicyRule[];
  /** Computed when they are first used; a later one may use an earlier one, as `variables.<name>`. */
  readonly variables: readonly { readonly name: string; readonly expression: string }[];
  readonly validations: readonly Validation[];
}

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE')[];
}

export interface Validation {
  /** What the account may do; a request that does something else is refused. */
  readonly expression: string;
  /** What it is told then. */
  readonly message: string;
}

/** The controller acts in no other. */
export const IN_OPTED_IN_NAMESPACE: Validation = {
  expression: `${entry(mapAt('namespaceObject.metadata', 'labels'), NAMESPACE_OPT_IN)} == ${text(NAMESPACE_ENABLED)}`,
  message: `only in namespaces labelled ${NAMESPACE_OPT_IN}=${NAMESPACE_ENABLED}`,
};

/** Fields of metadata that the API server looks after, or that it lets nobody change. */
export const KEPT_BY_SERVER: readonly string[] = ['managedFields', 'resourceVersion', 'generation'];
