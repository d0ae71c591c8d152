/** Which values of a stack may be encrypted, and which have to be. */
import { type KeyName, keyNames } from './keys.ts';
import { CLUSTER_KEYS, type Settings } from './settings.ts';

/** Who pushes images, and with what: kept secret by the program, in the state too. */
const SECRETS: readonly KeyName[] = ['registryUsername', 'registryPassword'];
const PASSWORD = 'orcon:registryPassword';

/** Whether the value of a key is kept secret, and so never shown. */
export const isSecret = (name: KeyName): boolean => SECRETS.includes(name);

/** All others that the program reads, by the key in the stack's file: in the cluster or in the state they stand in clear. */
const IN_CLEAR: ReadonlyMap<string, keyof Settings> = new Map([
  ...Object.entries(CLUSTER_KEYS),
  ...keyNames.filter((name) => !isSecret(name)).map((name) => [`orcon:${name}`, name] as const),
]);

/** What is encrypted in vain, wholly or in part; such a value is not to be looked at, lest a fault tell of it. */
export const misplacedSecrets = (encrypted: readonly string[] = []): readonly (keyof Settings)[] =>
  encrypted.flatMap((key) => IN_CLEAR.get(key) ?? []);

/** What is encrypted in vain, and a password that is not encrypted; neither where `encrypted` is not known. */
export function secretFaults(
  config: Readonly<Record<string, string>>,
  stack: string,
  encrypted: readonly string[] | undefined,
): readonly string[] {
  if (encrypted === undefined) return [];
  const inVain = encrypted
    .filter((key) => IN_CLEAR.has(key))
    .map((key) => `${key} ${IN_VAIN} in Pulumi.${stack}.yaml${otherWay(key)}`);
  if (!config[PASSWORD] || encrypted.includes(PASSWORD)) return inVain;
  const known = `run "pulumi config set --secret ${PASSWORD}", and let it count as known`;
  return [...inVain, `${PASSWORD} stands in clear in Pulumi.${stack}.yaml: ${known}`];
}

const IN_VAIN = 'is encrypted, and would stand in clear in previews, state or cluster all the same: set it without --secret';

const otherWay = (key: string): string =>
  key === 'orcon:initContainers' ? '; what is secret, a container takes from a Secret (valueFrom.secretKeyRef)' : '';
