/** Whether the NetworkPolicies that a stack makes let the controller through to the API server. */
import { z } from 'zod';
import type { Api } from './api.ts';
import { type Finding, ok, skipped, wrong } from './finding.ts';
import { distinct, type Wanted } from './wanted.ts';

/** What the Service of the API server leads to. A NetworkPolicy sees an address after the Service's was put in its place. */
const SLICES =
  '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes';

const sliceList = z.looseObject({
  items: z.array(z.looseObject({ ports: z.array(z.looseObject({ port: z.number().nullish() })).nullish() })),
});

export async function checkWayOut(api: Api, { apiServerPorts }: Pick<Wanted, 'apiServerPorts'>): Promise<Finding> {
  if (apiServerPorts === undefined) return skipped('api server', 'no NetworkPolicies stand between it and the controller');
  const { status, body } = await api.get(SLICES);
  const set = 'orcon:apiServerPorts has to have it';
  if (status === 403)
    return skipped('api server', `you may not see at which port pods reach it (EndpointSlices of default); ${set}`);
  const found = sliceList.safeParse(body).data?.items.flatMap(({ ports }) => ports?.map(({ port }) => port ?? 0) ?? []) ?? [];
  const ports = distinct(found.filter((port) => port > 0));
  if (ports.length === 0) return skipped('api server', `the cluster does not say at which port pods reach it; ${set}`);
  const shut = ports.filter((port) => !apiServerPorts.includes(port));
  if (shut.length === 0)
    return ok('api server', `pods reach it at ${ports.join(', ')}, where NetworkPolicies let the controller`);
  return wrong(
    'api server',
    `pods reach it at ${shut.join(', ')}, where NetworkPolicies do not let the controller: set orcon:apiServerPorts to [${ports.join(', ')}]`,
  );
}
