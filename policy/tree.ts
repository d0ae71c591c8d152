/** Rules about where resources are: under which provider, in which component. */
import { type Rule, typeOf } from './resource.ts';

export const explicitProvider: Rule = {
  name: 'explicit-provider',
  description: 'Every resource names its provider: a default one takes whatever cluster the current context is.',
  check({ provider }) {
    if (provider === undefined || !/^default(_|$)/.test(provider)) return [];
    return ['it is left to the default provider: give its component { providers: [...] }'];
  },
};

export const inComponent: Rule = {
  name: 'in-component',
  description: 'Every resource lies in a component, which says what it is for and moves and goes with it.',
  check({ provider, parent }) {
    if (provider === undefined || !['', 'pulumi:pulumi:Stack'].includes(typeOf(parent))) return [];
    return ['it lies at the top of the stack: give it { parent: this } in a component'];
  },
};
