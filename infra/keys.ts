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
const namesOf = (shape: object): readonly KeyName[] => Object.keys(shape).filter(isKeyName);

/** The names of all keys, in the order in which they are written. */
export const keyNames: readonly KeyName[] = namesOf(schema.shape);

/** The same by subject. */
export const subjects: readonly { readonly title: string; readonly keys: readonly KeyName[] }[] = [
  { title: 'Place', keys: namesOf(place) },
  { title: 'Images', keys: namesOf(images) },
  { title: 'Pods of webhook and controller', keys: namesOf(pods) },
  { title: 'All objects, and those beside the apps', keys: namesOf(objects) },
  { title: 'Admission', keys: namesOf(admission) },
  { title: 'What holds pods', keys: namesOf(gate) },
  { title: "The webhook's certificate", keys: namesOf(certificates) },
];

/** What is said about one key. */
export const describeKey = (name: KeyName): KeyDescription => described(schema.shape[name]);
