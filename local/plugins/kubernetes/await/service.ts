/** When a Service can be used, and why not. */
import { arrayOf, at, type Json, type JsonObject, objectOf } from '../../rpc/json.ts';
import { type Listing, nameOf, namespaceOf } from '../objects.ts';
import type { Progress } from './condition.ts';

/** How long a Service's endpoints must stay as they are before they count, in milliseconds. */
const SETTLE_MILLISECONDS = 10_000;

/**
 * A look at one Service, to be repeated: ready when the pods that it selects have been its endpoints, unchanged, for
 * ten seconds. Those without selector, headless and ExternalName ones have nothing to wait for.
 */
export function serviceLook(
  objects: Listing,
  { settle = SETTLE_MILLISECONDS, now = Date.now }: { readonly settle?: number; readonly now?: () => number } = {},
): (service: JsonObject) => Promise<Progress> {
  let seen = '';
  let since = now();
  return async (service) => {
    if (!selectsPods(service)) return { ready: true, reasons: [], status: '' };
    const label = `kubernetes.io/service-name=${nameOf(service)}`;
    const slices = await objects.list(
      { group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice' },
      namespaceOf(service),
      label,
    );
    const addresses = slices.flatMap(readyAddresses).sort().join(' ');
    if (addresses !== seen) since = now();
    seen = addresses;
    if (addresses === '') {
      const reason = `Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match labels on any Pods`;
      return { ready: false, reasons: [reason], status: 'Finding Pods to direct traffic to' };
    }
    const ready = now() - since >= settle;
    return {
      ready,
      reasons: ready ? [] : ['Service endpoints keep changing'],
      status: 'Waiting for Service endpoints to settle',
    };
  };
}

function selectsPods(service: JsonObject): boolean {
  const spec = objectOf(service.spec);
  if (spec.type === 'ExternalName' || spec.clusterIP === 'None') return false;
  return Object.keys(objectOf(spec.selector)).length > 0;
}

function readyAddresses(slice: Json): readonly string[] {
  return arrayOf(at(slice, 'endpoints'))
    .filter((endpoint) => at(endpoint, 'conditions', 'ready') !== false)
    .flatMap((endpoint) => arrayOf(at(endpoint, 'addresses')).map(String));
}
