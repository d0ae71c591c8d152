/** What is left, in words. */
import type { ConfigMapView } from '../../relations/configmap.ts';
import { KINDS } from '../../relations/kinds.ts';
import { unseenLines } from './allowed.ts';
import type { Itself } from './itself.ts';
import { isNothing, type Left, readersOf, type Traced } from './left.ts';

/** The lines of `npm run uninstall:check`. */
export function reportOf(left: Left, itself: Itself): readonly string[] {
  const unseen = section('not looked at, because you may not', unseenLines([...itself.unseen, ...left.unseen]));
  if (isNothing(left) && itself.objects.length === 0) return ['nothing of orcon is left', ...users(left), ...unseen];
  return [
    ...section(
      'orcon itself (`pulumi destroy` takes it away)',
      itself.objects.map(({ name }) => name),
    ),
    ...section(
      'workloads that bear its stamp (`npm run uninstall:clean` restores them)',
      left.workloads.map((workload) => `${nameOf(workload)}: ${podsOf(workload, left)}`),
    ),
    ...section(
      'Jobs that bear its stamp (a Job cannot be changed)',
      left.jobs.map((job) => `${nameOf(job)}: ${wayOut(job, left)}`),
    ),
    ...section(
      'ConfigMaps with values of relations (deleted once nobody reads them)',
      left.configMaps.map((configMap) => describe(configMap, left)),
    ),
    ...section(
      'Leases of controllers (deleted)',
      left.leases.map(({ namespace, name }) => `${namespace}/${name}`),
    ),
    ...users(left),
    ...unseen,
  ];
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];

const users = ({ optedIn }: Left): readonly string[] =>
  section('yours, and left alone: the label tengu-injector of namespaces, labels and annotations tengu.io/… of your objects', [
    ...(optedIn.length > 0 ? [`opted in: ${optedIn.join(', ')}`] : []),
  ]);

export const nameOf = ({ kind, namespace, name }: Pick<Traced, 'kind' | 'namespace' | 'name'>): string =>
  `${kind} ${namespace}/${name}`;

function podsOf(workload: Traced, { pods }: Left): string {
  const own = pods.filter((pod) => pod.namespace === workload.namespace && pod.record.put.configMap === workload.configMap);
  const held = own.filter(({ waits }) => waits).length;
  return `${own.length} stamped ${own.length === 1 ? 'pod' : 'pods'}${held > 0 ? `, ${held} held` : ''}`;
}

function wayOut(job: Traced, { pods }: Left): string {
  if (job.finished) return 'has finished, nothing to do';
  const held = pods.some((pod) => pod.waits && pod.namespace === job.namespace && pod.record.put.configMap === job.configMap);
  if (!held) return 'under way, and ends as it would have';
  return `held, and never starts: delete it (kubectl delete job ${job.name} -n ${job.namespace}) and create it again`;
}

function describe(configMap: ConfigMapView, left: Left): string {
  const readers = readersOf(configMap, left);
  return `${configMap.namespace}/${configMap.name}${readers.length > 0 ? `, read by ${few(readers)}` : ''}`;
}

const FEW = 3;

/** The first of a list, and how many more there are. */
export const few = (names: readonly string[]): string =>
  names.length <= FEW ? names.join(', ') : `${names.slice(0, FEW).join(', ')} and ${names.length - FEW} more`;

/** What cleaning does to those who use the cluster, to be said before. */
export function consequences({ workloads, pods }: Left, atATime: number): readonly string[] {
  const rolled = workloads.filter(({ kind, configMap }) => configMap !== undefined && KINDS[kind].rolled);
  const waiting = rolled.filter(({ ownPace }) => ownPace !== undefined);
  const held = pods.filter(({ waits }) => waits).length;
  return [
    ...(rolled.length > 0
      ? [
          `the pods of ${rolled.length} ${rolled.length === 1 ? 'workload' : 'workloads'} are replaced, those of ${atATime} at a time, by ones without gate and without the values of their relations (DB_HOST and the like)`,
        ]
      : []),
    ...waiting.map((workload) => `${nameOf(workload)}: ${workload.ownPace}`),
    ...(held > 0
      ? [`${held} held ${held === 1 ? 'pod gives way to one that starts' : 'pods give way to ones that start'} unheld`]
      : []),
    ...(rolled.length > 0 ? ['to keep values, put them into the manifests first: a variable of your own wins already now'] : []),
  ];
}
