import type { KeyName } from './keys.ts';
import { GATE_CONTAINER, HEALTH_PORT, INSTANCE_LABEL, labels as ownLabels, SYSTEM_NAMESPACES } from './names.ts';
import { DOCKER_HUB, isHost, registryHost } from './registry.ts';
import type { Settings } from './settings.ts';

/** Values that are fine each by itself and cannot be together. */
export interface Contradiction {
  /** The keys whose values contradict each other: where one of them cannot be read, nobody can tell. */
  readonly keys: readonly (keyof Settings)[];
  /** A list or an object of which one entry suffices, whatever else is in it. */
  readonly entryOf?: KeyName;
  /** What is wrong, with the way out. */
  readonly problem: string;
}

/** Everything in `settings` that contradicts something else in it. */
export function contradictions(settings: Settings): readonly Contradiction[] {
  return [
    ...ofCluster(settings),
    ...ofNamespaces(settings),
    ...ofLists(settings),
    ...ofImages(settings),
    ...ofRegistry(settings),
    ...ofCredentials(settings),
    ...ofGate(settings),
    ...ofPorts(settings),
    ...ofMarks(settings),
    ...ofIssuedCertificate(settings),
    ...ofGivenCertificate(settings),
  ];
}

function* ofCluster({ context, kubeconfig, expectedContext }: Settings): Iterable<Contradiction> {
  // YAML has line breaks; the same as JSON may stand in one line.
  if (kubeconfig !== undefined && /[\n{]/.test(kubeconfig)) {
    yield {
      keys: ['kubeconfig'],
      problem:
        'kubernetes:kubeconfig is the text of a kubeconfig, which would stand in clear in the state: give its path instead',
    };
  }
  if (expectedContext === undefined || expectedContext === context) return;
  const found = context === undefined ? 'is not set' : `is "${context}"`;
  yield {
    keys: ['context', 'expectedContext'],
    problem: `kubernetes:context ${found}, and orcon:expectedContext is "${expectedContext}": this stack is for another cluster; run "pulumi config set kubernetes:context ${expectedContext}", or change the guard`,
  };
}

function* ofNamespaces({ namespace, instance, namespaces }: Settings): Iterable<Contradiction> {
  const reserved = [...SYSTEM_NAMESPACES, 'default', 'kube-node-lease'];
  if (reserved.includes(namespace)) {
    yield {
      keys: ['namespace'],
      problem: `orcon:namespace is "${namespace}", which is not orcon's alone: choose another, such as orcon-system`,
    };
  }
  for (const name of new Set(namespaces)) {
    if (name !== namespace && !SYSTEM_NAMESPACES.includes(name)) continue;
    yield {
      keys: SYSTEM_NAMESPACES.includes(name) ? [] : ['namespace'],
      entryOf: 'namespaces',
      problem: `orcon:namespaces has "${name}", where orcon never looks (the system's namespaces and its own): remove it`,
    };
  }
  if (instance !== undefined && namespaces.length === 0) {
    yield {
      keys: ['instance', 'namespaces'],
      problem: `orcon:instance is "${instance}" and orcon:namespaces is empty: it would look after those of all other instances too; list its own`,
    };
  }
}

/** Each of what these lists name becomes an object, or an entry of which the API server takes no second. */
const OF_DIFFERENT = ['namespaces', 'trustedAuthorities', 'pullSecrets', 'apiServerPorts'] as const satisfies readonly KeyName[];

function* ofLists(settings: Settings): Iterable<Contradiction> {
  for (const key of OF_DIFFERENT) {
    for (const name of repeated(settings[key].map(String))) {
      yield { keys: [], entryOf: key, problem: `orcon:${key} has "${name}" twice: remove one` };
    }
  }
}

/** What a list has more than once, each once. */
const repeated = (list: readonly string[]): ReadonlySet<string> =>
  new Set(list.filter((name, index) => list.indexOf(name) !== index));

function* ofImages(settings: Settings): Iterable<Contradiction> {
  const { buildImages, registry, hold } = settings;
  if (buildImages && registry === undefined) {
    yield {
      keys: ['buildImages', 'registry'],
      problem: `orcon:registry is not set, to which the images are pushed: run "pulumi config set orcon:registry ghcr.io/acme" with one of yours, or give images and set orcon:buildImages to false`,
    };
  }
  for (const key of ['webhookImage', 'controllerImage'] as const) {
    if (buildImages === (settings[key] === undefined)) continue;
    yield {
      keys: ['buildImages', key],
      problem: buildImages
        ? `orcon:${key} is given and orcon:buildImages is true: it would not be used; set orcon:buildImages to false, or remove the image`
        : `orcon:buildImages is false and orcon:${key} is not set: name the image by its digest`,
    };
  }
  if (!buildImages && hold === 'container' && settings.gateImage === undefined) {
    yield {
      keys: ['buildImages', 'gateImage', 'hold'],
      problem: 'orcon:buildImages is false and orcon:gateImage is not set: name the image, or set orcon:hold to kubelet',
    };
  }
}

/** Docker takes a name without a host for one of Docker Hub, and Pulumi's provider refuses it. */
function* ofRegistry({ buildImages, registry }: Settings): Iterable<Contradiction> {
  if (!buildImages || registry === undefined || registryHost(`${registry}/`) !== DOCKER_HUB) return;
  const [first = '', ...path] = registry.split('/');
  const [account = 'acme'] = isHost(first) ? path : [first];
  if (isHost(first) && path.length === 1) return;
  const problem = isHost(first)
    ? 'names on Docker Hub are an account and a name, nothing more or less'
    : 'it begins with no host, so Docker takes it for an account of Docker Hub';
  yield {
    keys: ['buildImages', 'registry'],
    problem: `orcon:registry is "${registry}": ${problem}; run "pulumi config set orcon:registry ${DOCKER_HUB}/${account}" for ${DOCKER_HUB}/${account}/orcon-webhook and the like`,
  };
}

function* ofCredentials({ registryUsername, registryPassword }: Settings): Iterable<Contradiction> {
  if ((registryUsername === undefined) === (registryPassword === undefined)) return;
  const missing = registryUsername === undefined ? 'orcon:registryUsername' : '--secret orcon:registryPassword';
  yield {
    keys: ['registryUsername', 'registryPassword'],
    problem: `orcon:registryUsername and orcon:registryPassword go together: run "pulumi config set ${missing} …", or remove the other`,
  };
}

function* ofGate({ initContainers }: Settings): Iterable<Contradiction> {
  for (const name of repeated([GATE_CONTAINER, ...initContainers.map((container) => container.name)])) {
    yield {
      keys: [],
      entryOf: 'initContainers',
      problem: `orcon:initContainers has a container named "${name}", a name that another one has already: choose another`,
    };
  }
}

function* ofPorts({ webhookPort }: Settings): Iterable<Contradiction> {
  if (webhookPort !== HEALTH_PORT) return;
  yield {
    keys: ['webhookPort'],
    problem: `orcon:webhookPort is ${HEALTH_PORT}, where its pods answer probes: choose another, such as 8080 or 10250`,
  };
}

function* ofMarks(settings: Settings): Iterable<Contradiction> {
  const own = [...Object.keys(ownLabels('webhook')), ...(settings.instance === undefined ? [] : [INSTANCE_LABEL])];
  for (const name of Object.keys(settings.labels).filter((label) => own.includes(label))) {
    yield {
      keys: name === INSTANCE_LABEL ? ['instance'] : [],
      entryOf: 'labels',
      problem: `orcon:labels has "${name}", which orcon sets itself: remove it`,
    };
  }
  // On all objects they would, say, put the webhook configuration before the webhook.
  for (const name of Object.keys(settings.annotations).filter((annotation) => annotation.startsWith('pulumi.com/'))) {
    yield {
      keys: [],
      entryOf: 'annotations',
      problem: `orcon:annotations has "${name}", which tells Pulumi how to treat an object: remove it`,
    };
  }
}

function* ofIssuedCertificate(settings: Settings): Iterable<Contradiction> {
  const { trustedAuthorities, signingAuthority } = settings;
  if (settings.certificateSecret !== undefined) return;
  if (settings.injectCaFrom !== undefined || settings.injectCaFromSecret !== undefined) {
    yield {
      keys: ['certificateSecret', 'injectCaFrom', 'injectCaFromSecret'],
      problem:
        'orcon:certificateSecret is not set, so the certificate is issued here, by an authority of its own: name the Secret, or remove orcon:injectCaFrom and orcon:injectCaFromSecret',
    };
  }
  if (!trustedAuthorities.includes(signingAuthority)) {
    yield {
      keys: ['trustedAuthorities', 'signingAuthority'],
      problem: `orcon:signingAuthority is "${signingAuthority}", which orcon:trustedAuthorities (${trustedAuthorities.join(', ')}) lacks: trust it in an up of its own first`,
    };
  }
  for (const [life, renewal] of [
    ['authorityHours', 'authorityRenewalHours'],
    ['certificateHours', 'certificateRenewalHours'],
  ] as const) {
    if (settings[renewal] < settings[life]) continue;
    yield {
      keys: [life, renewal],
      problem: `orcon:${renewal} is ${settings[renewal]} and orcon:${life} is ${settings[life]}: every up would make a new certificate; make the first smaller`,
    };
  }
  if (settings.certificateHours > settings.authorityRenewalHours) {
    yield {
      keys: ['certificateHours', 'authorityRenewalHours'],
      problem: `orcon:certificateHours is ${settings.certificateHours} and orcon:authorityRenewalHours is ${settings.authorityRenewalHours}: a certificate could outlive its authority; make the first the smaller`,
    };
  }
}

function* ofGivenCertificate(settings: Settings): Iterable<Contradiction> {
  const { certificateSecret, injectCaFrom, injectCaFromSecret } = settings;
  if (certificateSecret === undefined) return;
  const injections = [injectCaFrom, injectCaFromSecret].filter((from) => from !== undefined).length;
  if (injections !== 1) {
    const found = injections === 0 ? 'neither is set' : 'both are';
    yield {
      keys: ['certificateSecret', 'injectCaFrom', 'injectCaFromSecret'],
      problem: `orcon:certificateSecret is "${certificateSecret}", whose authority comes from orcon:injectCaFrom or orcon:injectCaFromSecret, and ${found}: set one`,
    };
  }
}
