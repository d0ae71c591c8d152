import { z } from 'zod';
import { admission } from './keys/admission.ts';
import { certificates } from './keys/certificates.ts';
import { described, type KeyDescription } from './keys/description.ts';
import { gate } from './keys/gate.ts';
import { images } from './keys/images.ts';
import { objects } from './keys/objects.ts';
import { place } from './keys/place.ts';
import { pods } from './keys/pods.ts';

/** Every configuration key of this project, by name without `orcon:`. */
export const schema = z.object({
  ...place,
  ...images,
  ...pods,
  ...objects,
  ...admission,
  ...gate,
  ...certificates,
});

/** The parsed values of all keys; undefined where empty text means: not set. */
export type Values = z.output<typeof schema>;
export type KeyName = keyof Values;

const isKeyName = (name: string): name is KeyName => Object.hasOwn(schema.shape, name);

/** The names of all keys, in the order in which they are written. */
export const keyNames: readonly KeyName[] = Object.keys(schema.shape).filter(isKeyName);

/** What is said about one key. */
export const describeKey = (name: KeyName): KeyDescription => described(schema.shape[name]);
