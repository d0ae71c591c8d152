import { admission } from './admission.ts';
import { appearance } from './controller/appearance.ts';
import { fanOut } from './controller/fan-out.ts';
import { releaseMany } from './controller/release-many.ts';
import { restart } from './controller/restart.ts';
import { scale } from './controller/scale.ts';
import { images } from './images.ts';
import type { Part } from './part.ts';
import { release } from './release.ts';
import { up } from './up.ts';
import { webhook } from './webhook.ts';

/** The parts of the benchmarks, in the order in which they are run: first those that need no cluster. */
export const PARTS: readonly Part[] = [
  webhook, // on loopback
  scale, // against a simulated API server
  restart,
  admission,
  release,
  appearance,
  fanOut,
  releaseMany,
  up,
  images,
];
