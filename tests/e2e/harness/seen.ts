/** What there is to be seen in a namespace: for the message of a test that failed. */
import type { CoreV1Event, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { PHASE, STATUS } from '../../../relations/vocabulary.ts';
import { getText, list } from './api.ts';
import type { TestNamespace } from './namespace.ts';

const EVENTS = 25;
const LOG_LINES = 15;
const ORCON = 'orcon-system';

/** Pods and their containers, ConfigMaps of relations, the last Events, and the end of the controller's log. */
export async function seenIn(ns: TestNamespace): Promise<string> {
  const parts = await Promise.all([pods(ns), configMaps(ns), starts(ns), events(ns), controllerLog(ns)].map(orTrouble));
  return parts.join('\n');
}

const orTrouble = (text: Promise<string>): Promise<string> => text.catch((error: unknown) => `could not be looked at: ${error}`);

const section = (title: string, lines: readonly string[]): string =>
  [`-- ${title}`, ...(lines.length === 0 ? ['(none)'] : lines)].join('\n');

async function pods(ns: TestNamespace): Promise<string> {
  const found = await ns.list<V1Pod>('Pod');
  return section(
    'pods',
    found.map(({ metadata, status }) => {
      const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map(containerLine);
      const ending = metadata?.deletionTimestamp ? ' (ending)' : '';
      return `${metadata?.name} ${status?.phase}${ending}: ${containers.join(', ')}`;
    }),
  );
}

function containerLine({ name, state, restartCount }: V1ContainerStatus): string {
  const [kind, about] = Object.entries(state ?? {}).find(([, value]) => value !== undefined) ?? ['unknown', {}];
  const why = [about?.reason, about?.message, about?.exitCode].filter((each) => each !== undefined).join(' ');
  return `${name} ${kind}${why && ` (${why})`}${restartCount > 0 ? ` restarted ${restartCount} times` : ''}`;
}

async function configMaps(ns: TestNamespace): Promise<string> {
  const found = await ns.list<{ metadata: { name: string; annotations?: Record<string, string> }; data?: object }>('ConfigMap', {
    labelSelector: PHASE,
  });
  return section(
    'relations',
    found.map(({ metadata, data }) => `${metadata.name}: ${metadata.annotations?.[STATUS]} ${JSON.stringify(data ?? {})}`),
  );
}

const starts = async (ns: TestNamespace): Promise<string> =>
  section(
    'starts of app containers',
    ns.starts().map(({ pod, values }) => `${pod} ${JSON.stringify(values)}`),
  );

async function events(ns: TestNamespace): Promise<string> {
  const found = await ns.list<CoreV1Event>('Event');
  const lines = found
    .map(({ lastTimestamp, eventTime, involvedObject, reason, message }) => {
      const time = String(lastTimestamp ?? eventTime ?? '').slice(11, 23);
      return `${time} ${involvedObject.kind} ${involvedObject.name} ${reason}: ${message}`;
    })
    .sort();
  return section(`the last ${EVENTS} of ${lines.length} Events`, lines.slice(-EVENTS));
}

/** The lines of the controller's log about this namespace, and its very last ones. */
async function controllerLog(ns: TestNamespace): Promise<string> {
  const path = `/api/v1/namespaces/${ORCON}/pods`;
  const found = await list<V1Pod>(path, { labelSelector: 'app.kubernetes.io/component=controller' });
  const logs = await Promise.all(
    found.map(({ metadata }) => getText(`${path}/${metadata?.name}/log`, { tailLines: '400' }).catch(String)),
  );
  return found
    .map(({ metadata }, index) => {
      const lines = (logs[index] ?? '').trimEnd().split('\n');
      const ours = lines.filter((line) => line.includes(ns.name)).slice(-LOG_LINES);
      return section(`log of ${metadata?.name}`, [...ours, ...lines.slice(-3)]);
    })
    .join('\n');
}
