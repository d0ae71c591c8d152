/** 100 consumers of every kind that goes on, most of them without a pod: it is the controller that is to have its hands full. */
import type { V1CronJob, V1DaemonSet, V1Deployment, V1StatefulSet } from '@kubernetes/client-node';
import type { Kind } from '../../../relations/kinds.ts';
import { type Consumer, cronJob, daemonSet, deployment, statefulSet } from '../harness/manifests.ts';

/** One consumer of the crowd. */
export interface CrowdConsumer {
  readonly kind: Exclude<Kind, 'Job'>;
  readonly name: string;
  readonly consumes: string;
  readonly relations: string;
  readonly replicas: number;
}

const KINDS = [
  'Deployment',
  'Deployment',
  'Deployment',
  'Deployment',
  'Deployment',
  'Deployment',
  'StatefulSet',
  'StatefulSet',
  'DaemonSet',
  'CronJob',
] as const;
const WITH_TWO_PROVIDERS = 5;
const WITHOUT_DB = 7;

/** Consumers that are related to Services called `sse-N` and `db-N`, at random; one in ten has a pod. */
export function crowdOf(count: number, services: readonly string[], random: () => number): readonly CrowdConsumer[] {
  const pick = (prefix: string, other = ''): string => {
    const fit = services.filter((name) => name.startsWith(prefix) && name !== other);
    return fit[Math.floor(random() * fit.length)] ?? '';
  };
  return Array.from({ length: count }, (_, index) => {
    const sse = pick('sse-');
    const relations = [sse, pick('db-'), ...(index % WITH_TWO_PROVIDERS === 0 ? [pick('sse-', sse)] : [])];
    return {
      kind: KINDS[index % KINDS.length] ?? 'Deployment',
      name: `consumer-${index}`,
      consumes: index % WITHOUT_DB === 0 ? 'sse' : 'sse,db',
      relations: relations.join(','),
      replicas: [1, 16, 6].some((one) => index % 20 === one) ? 1 : 0,
    };
  });
}

export function manifestOf(namespace: string, consumer: CrowdConsumer): V1Deployment | V1StatefulSet | V1DaemonSet | V1CronJob {
  const { kind, name } = consumer;
  const what: Consumer = consumer;
  if (kind === 'Deployment') return deployment(namespace, name, what);
  if (kind === 'StatefulSet') return statefulSet(namespace, name, what);
  if (kind === 'CronJob') return cronJob(namespace, name, what);
  const found = daemonSet(namespace, name, what);
  const pod = found.spec?.template.spec;
  if (pod !== undefined) pod.nodeSelector = { 'e2e.tengu.io/nowhere': 'true' };
  return found;
}
