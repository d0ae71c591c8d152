import { CONTROLLER, WEBHOOK } from '../infra/names.ts';
import type { Kubectl } from './kubectl.ts';

const SLICE = `${WEBHOOK}-dev`;

/**
 * Leads the webhook's Service to `target`, an IPv4 address and port of this machine, and takes the pods of webhook and
 * controller away. The Service keeps its selector: without one nobody would look after the endpoints of the pods any more, and
 * calls would go on to where these had been.
 */
export async function redirectWebhook(kubectl: Kubectl, namespace: string, target: string): Promise<void> {
  const [address = '', port] = target.split(':');
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: SLICE, namespace, labels: { 'kubernetes.io/service-name': WEBHOOK } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'https', port: Number(port), protocol: 'TCP' }],
  };
  await kubectl.apply(slice);
  await kubectl('scale', 'deployment', WEBHOOK, CONTROLLER, '-n', namespace, '--replicas=0');
}

/** Ends what {@link redirectWebhook} began, but for what `pulumi up --refresh` restores. */
export async function endRedirect(kubectl: Kubectl, namespace: string): Promise<void> {
  await kubectl('delete', 'endpointslice', SLICE, '-n', namespace, '--ignore-not-found');
}
