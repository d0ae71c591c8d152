/**
 * The API server of a simulated cluster, as a process of its own so that its memory and CPU time are not the controller's.
 * Its parent, simulated-cluster.ts, tells it what to do, one command at a time.
 */
import { isObject, objectAt } from '../../../relations/json.ts';
import { configMapName } from '../../../relations/names.ts';
import { PERMIT } from '../../../relations/vocabulary.ts';
import { FakeApi } from '../../fake-api/fake-api.ts';
import { newAuthority } from '../../fake-api/tls.ts';
import { Happenings } from './happenings.ts';
import { allNamespaces, configMapOf, consumer, namespaceOf, service, servicesOf } from './population.ts';
import { type Answer, type Command, type Counts, isCommand } from './simulated-cluster.ts';

/** Writes that a watch can resume from; more would be memory. */
const HISTORY = 20_000;
const TIDY_MS = 5_000;
/** A real API server sends one about once a minute. */
const BOOKMARK_MS = 50_000;

async function main(): Promise<void> {
  const authority = await newAuthority('simulated cluster');
  const api = await FakeApi.start(await authority.issue());
  const happenings = new Happenings(api.store);
  const requests = new Map<string, number>();
  let connections = 0;
  api.onConnection(() => {
    connections += 1;
  });

  const counts = (): Counts => {
    for (const { verb, resource } of api.requests.splice(0)) {
      const what = `${verb} ${resource}`;
      requests.set(what, (requests.get(what) ?? 0) + 1);
    }
    return { requests: Object.fromEntries(requests), connections };
  };
  setInterval(() => {
    counts();
    api.store.compact(Math.max(0, api.store.revision - HISTORY));
  }, TIDY_MS);
  setInterval(() => api.bookmark(), BOOKMARK_MS);

  const answerTo = async (command: unknown): Promise<Answer> => {
    if (!isCommand(command)) throw new Error(`no command: ${JSON.stringify(command)}`);
    switch (command.do) {
      case 'populate':
        return populate(api, command);
      case 'fan':
        return fan(api, command.consumers);
      case 'relate':
        return relate(api, command.run);
      case 'isSupplied':
        return { isSupplied: isSupplied(api, command.run) };
      case 'set':
        return happenings.set(command.service, command.value);
      case 'happen':
        return happenings.happen(command.events, command.perSecond);
      case 'count':
        return { counts: counts() };
    }
  };
  process.on('message', (command: unknown) => {
    answerTo(command).then(
      (answer) => process.send?.(answer),
      (error: unknown) => process.send?.({ failure: String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
  process.send?.({ url: api.url, authority: authority.certificate });
}

function populate({ store }: FakeApi, { consumers, services, supplied }: Extract<Command, { do: 'populate' }>): Answer {
  for (const name of allNamespaces())
    store.create('namespaces', undefined, { metadata: { name, labels: { 'tengu-injector': 'enabled' } } });
  for (let index = 0; index < services; index++) store.create('services', namespaceOf(index), { ...service(index, 'first') });
  for (let index = 0; index < consumers; index++) {
    const related = servicesOf(index, services);
    const namespace = namespaceOf(related[0] ?? 0);
    const made: unknown = store.create('deployments.apps', namespace, { ...consumer(`consumer-${index}`, related) });
    if (supplied && isObject(made)) store.create('configmaps', namespace, { ...configMapOf(made) });
  }
  return {};
}

/** Consumers of a Service that is not there yet. */
function fan({ store }: FakeApi, consumers: number): Answer {
  for (let index = 0; index < consumers; index++)
    store.create('deployments.apps', namespaceOf(FAN), { ...consumer(`fan-${index}`, [FAN]) });
  return {};
}
const FAN = 100_000;

function relate({ store }: FakeApi, run: number): Answer {
  store.create('services', namespaceOf(NEW + run), { ...service(NEW + run, 'first') });
  store.create('deployments.apps', namespaceOf(NEW + run), { ...consumer(`new-${run}`, [NEW + run]) });
  return {};
}
const NEW = 200_000;

function isSupplied({ store }: FakeApi, run: number): boolean {
  const place = { collection: 'configmaps', namespace: namespaceOf(NEW + run), name: configMapName('Deployment', `new-${run}`) };
  return store.has(place) && Object.keys(objectAt(store.get(place), 'data')).some((key) => key.startsWith(PERMIT));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
