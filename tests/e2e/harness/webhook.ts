import type { V1Pod } from '@kubernetes/client-node';
import { getText, list, merge } from './api.ts';
import { eventually } from './eventually.ts';

const PODS = '/api/v1/namespaces/orcon-system/pods';
const LOOKS_BETWEEN_TOUCHES = 10;

/** What a webhook says of the gate that it stamps with. */
export interface Gate {
  readonly hold: string;
  readonly images: readonly string[];
}

/**
 * Waits until every webhook pod stamps with the gate that is meant. A kubelet takes a changed ConfigMap to its pods within
 * about a minute, and at once to a pod that is touched.
 */
export async function gateInForce(what: string, isMeant: (gate: Gate) => boolean): Promise<void> {
  let looks = 0;
  await eventually(`every webhook pod has taken up ${what}`, async () => {
    const pods = await list<V1Pod>(PODS, { labelSelector: 'app.kubernetes.io/component=webhook' });
    const names = pods.flatMap(({ metadata }) => metadata?.name ?? []);
    const gates = await Promise.all(names.map(gateOf));
    if (gates.every((gate) => gate !== undefined && isMeant(gate))) return true;
    if (looks++ % LOOKS_BETWEEN_TOUCHES === 0) await Promise.all(names.map((name) => touch(name, looks)));
    throw new Error(JSON.stringify(gates));
  });
}

/** The gate that a webhook pod named last in its log. */
async function gateOf(pod: string): Promise<Gate | undefined> {
  const lines = (await getText(`${PODS}/${pod}/log`)).split('\n').filter((line) => line.includes('gate settings in force'));
  const last = lines.at(-1);
  if (last === undefined) return undefined;
  const { hold, initContainers } = JSON.parse(last);
  return { hold, images: initContainers.map(({ image }: { image: string }) => image) };
}

const touch = (pod: string, count: number) =>
  merge(`${PODS}/${pod}`, { metadata: { annotations: { 'e2e.tengu.io/touched': String(count) } } });
