import type { JsonObject } from '../../relations/json.ts';
import { type ServiceView, viewService } from '../../relations/service.ts';
import { NAMESPACE } from './workloads.ts';

/** The Services that a provider would write, for tests. */

export interface WantedService {
  readonly provides?: string;
  readonly externalName?: string;
  readonly type?: string;
  readonly ports?: readonly JsonObject[];
  /** Texts of `tengu.io/data.<name>` annotations, by name. */
  readonly data?: { readonly [name: string]: string };
}

/** A Service as the API server sends it; an ExternalName where `externalName` is given. */
export function service(name: string, wanted: WantedService = {}): JsonObject {
  const { provides, externalName, type, ports, data = {} } = wanted;
  return {
    metadata: {
      name,
      namespace: NAMESPACE,
      ...(provides === undefined ? {} : { labels: { 'tengu.io/provides': provides } }),
      annotations: Object.fromEntries(Object.entries(data).map(([key, text]) => [`tengu.io/data.${key}`, text])),
    },
    spec: {
      type: type ?? (externalName === undefined ? 'ClusterIP' : 'ExternalName'),
      ...(externalName === undefined ? {} : { externalName }),
      ...(ports === undefined ? {} : { ports }),
    },
  };
}

/** What orcon knows of such a Service. */
export const serviceView = (name: string, wanted: WantedService = {}): ServiceView => viewService(service(name, wanted));

/** Finds Services by name. */
export function finder(views: readonly ServiceView[]): (name: string) => ServiceView | undefined {
  const byName = new Map(views.map((view) => [view.name, view]));
  return (name) => byName.get(name);
}
