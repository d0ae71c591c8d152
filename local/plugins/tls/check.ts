/** Check: what is wrong with the inputs of a tls resource. */
import { arrayOf, at, type JsonObject } from '../rpc/json.ts';
import { hasUnknowns, isUnknown } from '../rpc/properties.ts';
import type { CheckFailure } from '../rpc/provider.ts';
import { CURVE_NAMES, KEY_ALGORITHMS } from './keys.ts';
import type { ResourceType } from './resources.ts';
import { USES } from './uses.ts';

/** All faults of the inputs; values that are not known yet are taken for good. */
export function faultsOf(type: ResourceType, inputs: JsonObject): readonly CheckFailure[] {
  const missing = type.required
    .filter((property) => inputs[property] === undefined || inputs[property] === null)
    .map((property) => ({ property, reason: `Missing required argument: ${property}` }));
  return [...missing, ...keyFaults(inputs), ...certificateFaults(inputs)];
}

function keyFaults(inputs: JsonObject): readonly CheckFailure[] {
  return [...oneOf(inputs, 'algorithm', KEY_ALGORITHMS), ...oneOf(inputs, 'ecdsaCurve', CURVE_NAMES)];
}

function certificateFaults(inputs: JsonObject): readonly CheckFailure[] {
  const unknown = arrayOf(inputs.allowedUses).filter((use) => !isUnknown(use) && !USES.has(String(use)));
  const uses = unknown.map((use) => ({
    property: 'allowedUses',
    reason: `${JSON.stringify(use)} is no key use; known are ${[...USES].sort().join(', ')}`,
  }));
  const hours = ['validityPeriodHours', 'earlyRenewalHours'].filter((property) => Number(inputs[property]) < 0);
  const negative = hours.map((property) => ({ property, reason: `${property} must be at least 0, it is ${inputs[property]}` }));
  const nameless =
    inputs.isCaCertificate === true && 'privateKeyPem' in inputs && !hasUnknowns(inputs.subject) && isEmptySubject(inputs);
  const subject = nameless
    ? [{ property: 'subject', reason: 'subject must have at least one name, as commonName, when isCaCertificate is true' }]
    : [];
  return [...uses, ...negative, ...subject];
}

function isEmptySubject(inputs: JsonObject): boolean {
  return Object.keys(at(inputs, 'subject') ?? {}).length === 0;
}

function oneOf(inputs: JsonObject, property: string, values: readonly string[]): readonly CheckFailure[] {
  const value = inputs[property];
  if (value === undefined || value === null || isUnknown(value) || values.includes(String(value))) return [];
  return [{ property, reason: `${property} must be one of ${values.join(', ')}, it is ${JSON.stringify(value)}` }];
}
