import { RunError } from '@pulumi/pulumi';
import { contradictions } from './contradictions.ts';
import { describeKey, type KeyName, keyNames } from './keys.ts';
import { readable } from './readable.ts';
import { isSecret, misplacedSecrets, secretFaults } from './secrets.ts';
import { CLUSTER_KEYS, type Settings } from './settings.ts';

/** The configuration of a stack, `namespace:key` to text, as `pulumi.runtime.allConfig()` gives it. */
type StackConfig = Readonly<Record<string, string>>;

const PROJECT = 'orcon:';

/**
 * The settings of a stack. Throws one error that lists every fault in a line of its own, with key, value and way out;
 * `stack` names the file to mend. Looks at nothing but the text: a fault costs no resource.
 *
 * @param encrypted keys whose values are encrypted in that file; undefined where that is not known
 */
export function readSettings(config: StackConfig, stack: string, encrypted?: readonly string[]): Settings {
  const given = Object.fromEntries(keyNames.map((name) => [name, givenValue(name, config)]));
  const misplaced = misplacedSecrets(encrypted);
  const { values, read, places } = readable(given, misplaced);
  const cluster = { context: config['kubernetes:context'], kubeconfig: config['kubernetes:kubeconfig'] };
  const faults = [
    ...unknownKeys(config, stack),
    ...secretFaults(config, stack, encrypted),
    ...places.map((place) => faultAt(place, given, stack)),
    ...contradictions({ ...values, ...cluster })
      .filter(({ keys }) => keys.every((key) => read(key) === 'all'))
      .filter(({ entryOf }) => entryOf === undefined || read(entryOf) !== 'nothing')
      .map(({ problem }) => problem),
  ];
  if (faults.length > 0) throw new RunError(['orcon: the configuration cannot be used.', ...faults.sort()].join('\n  '));
  return { ...values, ...cluster };
}

/** The value of a key as the schema takes it: Pulumi hands over lists, numbers and booleans as JSON text. */
function givenValue(name: KeyName, config: StackConfig): unknown {
  const about = describeKey(name);
  const text = config[`${PROJECT}${name}`];
  if (text === undefined) return about.default;
  if (about.type === 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function faultAt(path: readonly PropertyKey[], given: Readonly<Record<string, unknown>>, stack: string): string {
  const name = keyNames.find((candidate) => candidate === path[0]);
  if (name === undefined) throw new Error(`infra/config.ts: a fault at "${path.join('.')}", which is no key.`);
  const { expects, example } = describeKey(name);
  const value = path.reduce<unknown>((inner, step) => (isIndexable(inner) ? Reflect.get(inner, step) : undefined), given);
  const shown = isSecret(name) ? 'not usable' : value === '' ? 'not set' : (JSON.stringify(value) ?? 'missing');
  const steps = path.slice(1).map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  return `${PROJECT}${name}${steps.join('')} is ${shown}: expected ${expects}; for example "${PROJECT}${name}: ${example}" in Pulumi.${stack}.yaml`;
}

const isIndexable = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The program's own provider would not see any other. */
const OF_KUBERNETES = Object.keys(CLUSTER_KEYS);

function unknownKeys(config: StackConfig, stack: string): string[] {
  const wayOut = `remove it from Pulumi.${stack}.yaml, or mend its name`;
  const own = Object.keys(config)
    .filter((key) => key.startsWith(PROJECT) && !keyNames.some((name) => key === `${PROJECT}${name}`))
    .map((key) => `${key} is no key of this project: ${wayOut}; Pulumi.yaml lists all`);
  const ofProvider = Object.keys(config)
    .filter((key) => key.startsWith('kubernetes:') && !OF_KUBERNETES.includes(key))
    .map((key) => `${key} would have no effect: ${wayOut}; this program reads ${OF_KUBERNETES.join(' and ')} alone`);
  return [...own, ...ofProvider];
}
