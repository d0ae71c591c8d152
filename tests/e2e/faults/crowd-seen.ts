/** What is to be seen of a consumer in the cluster, read without the code that is tested. */
import type { V1ConfigMap, V1ObjectMeta, V1PodTemplateSpec } from '@kubernetes/client-node';
import { z } from 'zod';
import type { Collection, TestNamespace } from '../harness/namespace.ts';

const KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'] as const satisfies readonly Collection[];

interface Workload {
  readonly metadata?: V1ObjectMeta;
  readonly spec?: {
    readonly template?: V1PodTemplateSpec;
    readonly jobTemplate?: { readonly spec?: { readonly template?: V1PodTemplateSpec } };
  };
}

export interface Seen {
  readonly phase: string;
  readonly values: Readonly<Record<string, string>>;
  /** Whether the permit is given that the pods of its present template wait for. */
  readonly given: boolean;
  /** How often its template was changed since it was created. */
  readonly rolls: number;
  /** Whether its ConfigMap asks for a roll that has not been done. */
  readonly owed: boolean;
}

/** All consumers of a namespace by name; one that lacks its ConfigMap or its stamp is left out. */
export async function consumersSeen(ns: TestNamespace): Promise<ReadonlyMap<string, Seen>> {
  const [maps, ...workloads] = await Promise.all([
    ns.list<V1ConfigMap>('ConfigMap'),
    ...KINDS.map((kind) => ns.list<Workload>(kind)),
  ]);
  const mapOf = new Map(maps.map((map) => [map.metadata?.ownerReferences?.[0]?.uid, map]));
  return new Map(workloads.flat().flatMap((workload) => seen(workload, mapOf.get(workload.metadata?.uid))));
}

function seen({ metadata, spec }: Workload, map: V1ConfigMap | undefined): [string, Seen][] {
  const template = spec?.template ?? spec?.jobTemplate?.spec?.template;
  const gate = template?.spec?.initContainers?.find(({ name }) => name === 'tengu-gate');
  const permit = gate?.env?.find(({ name }) => name === 'TENGU_PERMIT')?.value;
  if (metadata?.name === undefined || permit === undefined || map === undefined) return [];
  const { labels, annotations } = map.metadata ?? {};
  const data = Object.entries(map.data ?? {});
  const epoch = z.coerce.number().parse(/^TENGU_PERMIT_(\d+)_/.exec(permit)?.[1]);
  const found: Seen = {
    phase: labels?.['tengu.io/phase'] ?? '',
    values: Object.fromEntries(data.filter(([key]) => !key.startsWith('TENGU_PERMIT_'))),
    given: map.data?.[permit] !== undefined,
    rolls: epoch,
    owed: Number(annotations?.['tengu.io/epoch']) !== epoch,
  };
  return [[metadata.name, found]];
}
