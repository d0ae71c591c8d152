/** The rules as a policy pack: `pulumi preview --policy-pack policy`. */
import { PolicyPack, type ResourceValidationArgs, type ResourceValidationPolicy } from '@pulumi/policy';
import { type Resource, type Rule, UNKNOWN } from './resource.ts';
import { packRules } from './rules.ts';

/** A resource as Pulumi tells a policy of it, before it is made. */
const asResource = ({ urn, type, name, props, opts, provider }: ResourceValidationArgs): Resource => ({
  urn,
  type,
  name,
  parent: opts.parent ?? '',
  provider: provider?.name,
  inputs: Object.fromEntries(known(props)),
});

/**
 * The properties of an object as plain data. To look at one that is still unknown throws, and Pulumi would leave out every rule
 * that does; it is known when the resource is made, and then the rules look again.
 */
const known = (properties: object): readonly (readonly [string, unknown])[] =>
  Object.keys(properties).map((key) => {
    try {
      return [key, plain(Reflect.get(properties, key))];
    } catch (failure) {
      if (!isUnknown(failure)) throw failure;
      return [key, UNKNOWN];
    }
  });

/** Pulumi's UnknownValueError, which it does not export. */
const isUnknown = (failure: unknown): boolean => failure instanceof Error && 'unknownTypeSentinel' in failure;

function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const properties = known(value);
  return Array.isArray(value) ? properties.map(([, element]) => element) : Object.fromEntries(properties);
}

const asPolicy = ({ name, description, check }: Rule): ResourceValidationPolicy => ({
  name,
  description,
  enforcementLevel: 'mandatory',
  validateResource: (args, report) => {
    for (const message of check(asResource(args))) report(message);
  },
});

new PolicyPack('orcon', { policies: packRules.map(asPolicy) });
