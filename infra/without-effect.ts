import { describeKey, type KeyName, schema } from './keys.ts';
import type { Settings } from './settings.ts';

/** What a stack has switched off, and the keys that only say how it would be. */
interface Off {
  /** Why, in the words of the configuration; undefined where it is on. */
  readonly because: (settings: Settings) => string | undefined;
  readonly keys: readonly KeyName[];
}

const OFF: readonly Off[] = [
  {
    because: ({ buildImages }) => (buildImages ? undefined : 'orcon:buildImages is false'),
    keys: ['registry', 'registryUsername', 'registryPassword', 'nodeImage', 'gateBaseImage', 'platform'],
  },
  {
    because: ({ buildImages, gateImage, hold }) => {
      if (!buildImages) return undefined;
      if (gateImage !== undefined) return 'orcon:gateImage is set';
      return hold === 'kubelet' ? 'orcon:hold is kubelet' : undefined;
    },
    keys: ['gateBaseImage'],
  },
  {
    because: ({ hold, gateImage }) =>
      hold === 'kubelet' && gateImage === undefined ? 'orcon:hold is kubelet, and orcon:gateImage is not set' : undefined,
    keys: ['gateCpu', 'gateMemory'],
  },
  {
    because: ({ networkPolicies }) => (networkPolicies ? undefined : 'orcon:networkPolicies is false'),
    keys: ['apiServerPorts'],
  },
  {
    because: ({ certificateSecret }) => (certificateSecret === undefined ? undefined : 'orcon:certificateSecret is set'),
    keys: [
      'trustedAuthorities',
      'signingAuthority',
      'authorityHours',
      'authorityRenewalHours',
      'certificateHours',
      'certificateRenewalHours',
    ],
  },
];

/**
 * A line for each key that a stack sets, other than to its default, for what it has switched off. No fault, so that a switch can be
 * turned off and on again; keys that give two answers to one question are (contradictions.ts). Shows no value.
 */
export const withoutEffect = (settings: Settings): readonly string[] =>
  OFF.flatMap(({ because, keys }) => {
    const why = because(settings);
    return why === undefined
      ? []
      : keys.filter((key) => isSet(settings, key)).map((key) => `orcon:${key} is set and has no effect: ${why}`);
  });

const isSet = (settings: Settings, key: KeyName): boolean =>
  JSON.stringify(settings[key]) !== JSON.stringify(schema.shape[key].parse(describeKey(key).default));
