import type { Asked } from '../../local/offline/engine.ts';
import type { Resource } from '../../policy/resource.ts';

/** What a program asked an engine for, as the rules look at it. */
export const resourcesOf = (asked: readonly Asked[]): readonly Resource[] =>
  asked.map(({ urn, type, name, parent, custom, provider, inputs }) => ({
    urn,
    type,
    name,
    parent,
    // The engine would give it one; the stack and the providers themselves have none.
    provider: custom && !type.startsWith('pulumi:') ? provider || 'default' : undefined,
    inputs,
  }));
