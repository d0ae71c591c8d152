import { images } from './images.ts';
import type { Part } from './part.ts';
import { release } from './release.ts';

/** The parts of the benchmarks, in the order in which they are run: first those that need no cluster. */
export const PARTS: readonly Part[] = [release, images];
