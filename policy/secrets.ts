/** Rules about private keys. */
import { z } from 'zod';
import type { Rule } from './resource.ts';

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** Resources that are there to hold them. */
const HOLDERS = /^(tls:.*|kubernetes:core\/v1:Secret(List|Patch)?)$/;

export const keysInPlace: Rule = {
  name: 'keys-in-place',
  description: 'A private key stands in a Secret and nowhere else.',
  check({ type, inputs }) {
    if (HOLDERS.test(type)) return [];
    return textsOf(inputs)
      .filter(({ text }) => PRIVATE_KEY.test(text))
      .map(({ path }) => `${path.slice(1)} holds a private key: put it into a Secret`);
  },
};

/** How a secret looks between program and engine. */
const MARK = '4dabf18193072939515e22adb298388d';
const isMarked = (value: unknown): boolean => typeof value === 'object' && value !== null && MARK in value;

/** Inputs that are secret whatever they hold, by type. */
const SECRET_INPUTS: readonly { readonly type: RegExp; readonly inputs: readonly string[] }[] = [
  { type: /^tls:/, inputs: ['privateKeyPem', 'caPrivateKeyPem'] },
  { type: /^kubernetes:core\/v1:Secret(Patch)?$/, inputs: ['data', 'stringData'] },
];

/** Of a program's own listing alone: Pulumi gives a policy pack all values as if none were secret. */
export const keysSecret: Rule = {
  name: 'keys-secret',
  description: 'Private keys are marked secret, so that Pulumi encrypts them in its state and shows them nowhere.',
  check({ type, inputs }) {
    const named = SECRET_INPUTS.filter((one) => one.type.test(type))
      .flatMap((one) => one.inputs)
      .filter((input) => inputs[input] !== undefined && !isMarked(inputs[input]))
      .map((input) => `.${input}`);
    const found = textsOf(inputs)
      .filter(({ text }) => PRIVATE_KEY.test(text))
      .map(({ path }) => path);
    return [...new Set([...named, ...found])].map((path) => `${path.slice(1)} is not secret: wrap it in pulumi.secret(…)`);
  },
};

const nested = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]);

/** Every text in a value, with the path to it; none of what is marked secret. */
function textsOf(value: unknown, path = ''): readonly { readonly path: string; readonly text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  const inner = isMarked(value) ? undefined : nested.safeParse(value).data;
  return inner === undefined ? [] : Object.entries(inner).flatMap(([key, one]) => textsOf(one, `${path}.${key}`));
}
