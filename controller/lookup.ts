import { isObject } from '../relations/json.ts';
import { isDnsLabel } from '../relations/names.ts';
import type { Lookup } from '../relations/resolve.ts';
import { type ServiceView, viewService } from '../relations/service.ts';
import type { ClusterView } from './cluster-view.ts';
import { corePath } from './key.ts';
import { ApiError } from './kube/api-error.ts';
import type { Client } from './kube/client.ts';

/** Finds related Services among those that are watched: they bear the label. */
export const watchedServices =
  (cluster: ClusterView, namespace: string): Lookup =>
  (name) =>
    cluster.service(namespace, name);

/**
 * Finds related Services also among those without the label, which nobody watches: for saying that it is the label that is
 * missing, not the Service. One request for each name that the watch does not know and that a Service can have: with any other
 * text the path would be that of something else (`shop/db` of a subresource, which the account may not read).
 */
export async function askedServices(
  client: Client,
  cluster: ClusterView,
  namespace: string,
  names: readonly string[],
): Promise<Lookup> {
  const unknown = names.filter((name) => isDnsLabel(name) && cluster.service(namespace, name) === undefined);
  const found = new Map<string, ServiceView | undefined>();
  await Promise.all(unknown.map(async (name) => found.set(name, await ask(client, namespace, name))));
  return (name) => cluster.service(namespace, name) ?? found.get(name);
}

async function ask(client: Client, namespace: string, name: string): Promise<ServiceView | undefined> {
  try {
    const object = await client.request({ method: 'GET', path: corePath('services', namespace, name) });
    return isObject(object) ? viewService(object) : undefined;
  } catch (error) {
    if (error instanceof ApiError && error.notFound) return undefined;
    throw error;
  }
}
