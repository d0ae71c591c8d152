import { printable } from './printable.ts';
import type { Provision, Resolution } from './resolve.ts';
import { CONSUMES } from './vocabulary.ts';

/** Where a workload stands. The permit, once given, stays in all of them. */
export type Phase = 'Held' | 'Related' | 'Broken' | 'Conflict';

const PHASES: readonly string[] = ['Held', 'Related', 'Broken', 'Conflict'] satisfies readonly Phase[];

export const isPhase = (text: string | undefined): text is Phase => text !== undefined && PHASES.includes(text);

/**
 * The phase of a workload whose relations resolve so.
 *
 * @param permitted whether the template's permit was ever given: its set was complete once
 */
export function phaseOf(resolution: Resolution, permitted: boolean): Phase {
  if (resolution.complete) return 'Related';
  if (!permitted) return 'Held';
  return [...resolution.provisions.values()].some(({ state }) => state === 'missing') ? 'Broken' : 'Conflict';
}

const isKnown = (entry: readonly [string, Provision]): entry is [string, Extract<Provision, { state: 'known' }>] =>
  entry[1].state === 'known';

/** The phase in one line: what is missing and what would mend it, or what the pods were given. */
export const describe = (phase: Phase, resolution: Resolution): string => printable(told(phase, resolution));

function told(phase: Phase, resolution: Resolution): string {
  const known = [...resolution.provisions].filter(isKnown).map(([name, { service }]) => `${name} from Service ${service}`);
  const { missing, problems } = resolution;
  const troubles = (verb: string) => [...problems, ...(missing === undefined ? [] : [`${verb} ${missing}`])].join('; ');
  switch (phase) {
    case 'Related':
      return known.length > 0
        ? `supplied with ${known.join(', ')}`
        : `nothing to wait for: annotation ${CONSUMES} names no interface`;
    case 'Held':
      return troubles('waiting for');
    case 'Broken':
    case 'Conflict':
      return `${troubles('lost')}; pods keep the last values`;
  }
}
