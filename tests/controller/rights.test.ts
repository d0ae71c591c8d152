/** Each right that the controller is given carries a feature, and all features get by with these rights. */
import { describe, expect, test } from '@jest/globals';
import { ALL_NAMESPACES, LEASE, oneNamespace, type Rule, WORK } from '../../infra/rights.ts';
import type { Kind } from '../../relations/kinds.ts';
import { authorizer, type Grant } from '../fake-api/rbac.ts';
import { until } from '../fake-api/until.ts';
import type { ControllerProcess, ProcessOptions } from './process.ts';
import { Stage } from './stage.ts';

const HOME = 'orcon-system';
const EVERYWHERE: readonly Grant[] = [ALL_NAMESPACES, ...WORK, ...LEASE.map((rule) => ({ ...rule, namespace: HOME }))];
const IN_SHOP: readonly Grant[] = [
  ...[oneNamespace('shop'), ...WORK].map((rule) => ({ ...rule, namespace: 'shop' })),
  ...LEASE.map((rule) => ({ ...rule, namespace: HOME })),
];

interface Feature {
  readonly sentence: string;
  readonly grants?: readonly Grant[];
  /** Whether it was to be seen. */
  readonly seen: (stage: Stage) => Promise<boolean>;
}

/** Starts a controller; undefined where it never leads, because it was refused something. */
async function begun(stage: Stage, options?: ProcessOptions): Promise<ControllerProcess | undefined> {
  const process = stage.start(options);
  const refused = () => process.said('lost contact') || process.said('could not reach the lease');
  await until('it leads or is refused something', () => process.said('leading') || refused());
  if (!process.said('leading')) return undefined;
  // A watch is refused only when the list before it is there, and that may be after it leads.
  const isHeard = await process.rest().then(
    () => true,
    (error: unknown) => {
      if (refused()) return false;
      throw error;
    },
  );
  return isHeard ? process : undefined;
}

/** A feature that shows after something has happened while the controller leads. */
const after = (sentence: string, happens: (stage: Stage) => void, shows: (stage: Stage) => boolean, seconds = 0): Feature => ({
  sentence,
  seen: async (stage) => {
    const process = await begun(stage);
    if (process === undefined) return false;
    happens(stage);
    await process.rest();
    if (seconds > 0) await process.pass(seconds);
    return shows(stage);
  },
});

/** Consumers of a kind, with the Service that they need. */
const consumerOf = (kind: Kind) => (stage: Stage) => {
  stage.service('db', 'db');
  stage.consumer('web', { kind });
};
const isRelated = (kind: Kind) => (stage: Stage) => stage.phase('web', kind) === 'Related';

/** Made while admission was away and without the label: only the slow list finds it. */
const missed = (kind: Kind) => (stage: Stage) => {
  stage.service('db', 'db');
  stage.webhook = false;
  stage.consumer('web', { kind, label: false });
  stage.webhook = true;
};
const SLOW_LOOK_SECONDS = 301;

const watched = (kind: Kind) => after(`a ${kind} that comes is supplied`, consumerOf(kind), isRelated(kind));
const featuresOf = (resource: string, kind: Kind): Record<string, Feature> => ({
  [`list ${resource}`]: watched(kind),
  [`watch ${resource}`]: watched(kind),
  [`get ${resource}`]:
    kind === 'Job'
      ? after(
          'a Job that slipped past gets an Event',
          missed(kind),
          (stage) => stage.events('web').includes('NotStamped'),
          SLOW_LOOK_SECONDS,
        )
      : after(`a ${kind} that slipped past is mended`, missed(kind), isRelated(kind), SLOW_LOOK_SECONDS),
});

const rolled = (kind: Kind): Feature => ({
  sentence: `a ${kind} is rolled when a value changes`,
  seen: async (stage) => {
    consumerOf(kind)(stage);
    const process = await begun(stage);
    stage.patchService('db', { spec: { ports: [{ port: 6432 }] } });
    await process?.rest();
    return stage.epoch('web', kind) === 1;
  },
});

const PROVIDED = after(
  'a Service that comes lets its consumer go',
  (stage) => {
    stage.consumer('web');
    stage.service('db', 'db');
  },
  isRelated('Deployment'),
);

const COMES_BACK: Feature = {
  sentence: 'a ConfigMap that somebody deleted comes back',
  seen: async (stage) => {
    consumerOf('Deployment')(stage);
    const process = await begun(stage);
    if (process === undefined) return false;
    stage.deleteConfigMap('web');
    await process.rest();
    return stage.configMap('web') !== undefined;
  },
};

const TOUCHED = after(
  'a pod that waits is touched',
  (stage) => {
    stage.consumer('web');
    stage.pod('web-1', 'web');
    stage.service('db', 'db');
  },
  (stage) => stage.touchOf('web-1') !== undefined,
);

const TAKEN_OVER: Feature = {
  sentence: 'the second replica leads as soon as the first has given the Lease back',
  seen: async (stage) => {
    const first = await stage.leading({ podName: 'one' });
    const second = stage.start({ podName: 'two' });
    const trouble = () => second.said('could not reach the lease');
    await until(
      'the second one waits or is refused',
      () => trouble() || stage.api.watches('leases.coordination.k8s.io').length > 1,
    );
    await first.stop();
    await until('the second one leads or was refused', () => trouble() || second.said('leading'));
    return second.said('leading');
  },
};

const LEADS = after(
  'a replica takes the Lease',
  () => undefined,
  () => true,
);

const FEATURES: Readonly<Record<string, Feature>> = {
  'list namespaces': after('namespaces that are opted in are known', consumerOf('Deployment'), isRelated('Deployment')),
  'watch namespaces': after('namespaces that are opted in are known', consumerOf('Deployment'), isRelated('Deployment')),
  'get namespaces': {
    sentence: 'a namespace that is given by name is looked after',
    grants: IN_SHOP,
    seen: async (stage) => {
      consumerOf('Deployment')(stage);
      return (await begun(stage, { namespaces: ['shop'] })) !== undefined && isRelated('Deployment')(stage);
    },
  },
  'list services': PROVIDED,
  'watch services': PROVIDED,
  'get services': after(
    'of a Service without the label it is said that it is the label that is missing',
    (stage) => {
      stage.api.store.create('services', 'shop', { metadata: { name: 'db' } });
      stage.consumer('web');
    },
    (stage) => stage.configMap('web') !== undefined && stage.message('web').includes('label'),
  ),
  ...featuresOf('deployments', 'Deployment'),
  ...featuresOf('statefulsets', 'StatefulSet'),
  ...featuresOf('daemonsets', 'DaemonSet'),
  ...featuresOf('jobs', 'Job'),
  ...featuresOf('cronjobs', 'CronJob'),
  'patch deployments': rolled('Deployment'),
  'patch statefulsets': rolled('StatefulSet'),
  'patch daemonsets': rolled('DaemonSet'),
  'patch cronjobs': after('a CronJob that slipped past is mended', missed('CronJob'), isRelated('CronJob'), SLOW_LOOK_SECONDS),
  'list configmaps': COMES_BACK,
  'watch configmaps': COMES_BACK,
  'get configmaps': after(
    'a name that somebody else has is a Conflict',
    (stage) => {
      stage.api.store.create('configmaps', 'shop', { metadata: { name: 'relations-deployment-web' } });
      stage.consumer('web');
    },
    (stage) => stage.events('web').includes('Conflict'),
  ),
  'create configmaps': after('values are written', consumerOf('Deployment'), (stage) => stage.configMap('web') !== undefined),
  'patch configmaps': {
    sentence: 'a workload that was held gets its permit',
    seen: async (stage) => {
      stage.consumer('web');
      const process = await begun(stage);
      stage.service('db', 'db');
      await process?.rest();
      return stage.permits('web').length > 0;
    },
  },
  'delete configmaps': {
    sentence: 'a ConfigMap that nobody reads any more goes',
    seen: async (stage) => {
      consumerOf('Deployment')(stage);
      const process = await begun(stage);
      stage.patchWorkload('web', { metadata: { annotations: { 'tengu.io/consumes': null, 'tengu.io/relations': null } } });
      await process?.rest();
      return stage.configMap('web') === undefined;
    },
  },
  'list pods': TOUCHED,
  'patch pods': TOUCHED,
  'create events': after('a phase is told in an Event', consumerOf('Deployment'), (stage) =>
    stage.events('web').includes('Related'),
  ),
  'patch events': {
    sentence: 'what happens again is counted',
    seen: async (stage) => {
      consumerOf('Deployment')(stage);
      const process = await begun(stage);
      stage.deleteService('db');
      await process?.rest();
      stage.service('db', 'db');
      await process?.rest();
      return stage.api.store.list('events', 'shop', ({ reason }) => reason === 'Related').some(({ count }) => count === 2);
    },
  },
  'get leases': LEADS,
  'create leases': LEADS,
  'update leases': {
    sentence: 'a replica keeps the Lease',
    seen: async (stage) => {
      const process = await begun(stage);
      // Longer than the lease lasts.
      for (let seconds = 0; seconds < 20 && process?.ended === undefined; seconds += 1) {
        process?.clock.advance(1_000);
        await process?.heard().catch(() => undefined);
      }
      return process !== undefined && process.ended === undefined;
    },
  },
  'list leases': TAKEN_OVER,
  'watch leases': TAKEN_OVER,
};

/** `verb resource` for each right of a rule. */
const rightsOf = ({ resources, verbs }: Rule): string[] =>
  resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`));

/** The rights without one verb on one resource. */
const without = (grants: readonly Grant[], right: string): readonly Grant[] =>
  grants.flatMap((grant) =>
    grant.resources.map((resource) => ({
      ...grant,
      resources: [resource],
      verbs: grant.verbs.filter((verb) => `${verb} ${resource}` !== right),
    })),
  );

/** Whether a feature shows with these rights and no others. */
async function shows(feature: Feature, grants: readonly Grant[]): Promise<boolean> {
  const stage = await Stage.open();
  try {
    stage.api.authorize = authorizer(grants);
    return await feature.seen(stage);
  } finally {
    await stage.close();
  }
}

test('every right has a feature', () => {
  const rights = [ALL_NAMESPACES, oneNamespace('shop'), ...WORK, ...LEASE].flatMap(rightsOf);
  expect(Object.keys(FEATURES).sort()).toEqual([...new Set(rights)].sort());
});

describe.each(Object.entries(FEATURES))('with the right to %s', (right, feature) => {
  const grants = feature.grants ?? EVERYWHERE;
  test(`${feature.sentence}, and without it not`, async () => {
    expect([await shows(feature, grants), await shows(feature, without(grants, right))]).toEqual([true, false]);
  });
});
