/** The rules that every stack keeps. */
import { noWildcard } from './access.ts';
import { imageByDigest } from './images.ts';
import type { Rule } from './resource.ts';
import { restricted } from './restricted.ts';
import { keysInPlace, keysSecret } from './secrets.ts';
import { sized } from './sizes.ts';
import { explicitProvider, inComponent } from './tree.ts';
import { webhookOutsideSystem, webhookSideEffects, webhookTimeout } from './webhooks.ts';

/** Those that a policy pack can hold a stack to. */
export const packRules: readonly Rule[] = [
  explicitProvider,
  inComponent,
  imageByDigest,
  sized,
  restricted,
  noWildcard,
  keysInPlace,
  webhookOutsideSystem,
  webhookTimeout,
  webhookSideEffects,
];

/** And those that take a program's own listing. */
export const rules: readonly Rule[] = [...packRules, keysSecret];
