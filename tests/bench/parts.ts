import { admission } from './admission.ts';
import { images } from './images.ts';
import type { Part } from './part.ts';
import { release } from './release.ts';
import { up } from './up.ts';
import { webhook } from './webhook.ts';

/** The parts of the benchmarks, in the order in which they are run: first those that need no cluster. */
export const PARTS: readonly Part[] = [
  webhook, // on loopback
  admission,
  release,
  up,
  images,
];
