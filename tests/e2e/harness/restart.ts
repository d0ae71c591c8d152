import type { V1Pod } from '@kubernetes/client-node';
import { isReady } from './conditions.ts';
import { eventually } from './eventually.ts';
import type { TestNamespace } from './namespace.ts';

/** Ends an app's container from within, as a crash does, and waits until the kubelet has started it again. */
export async function killContainer(ns: TestNamespace, pod: string): Promise<void> {
  const restarts = async (): Promise<number> => restartsOf(await ns.read<V1Pod>('Pod', pod));
  const before = await restarts();
  // The exec ends with its container, by a signal as a rule; whether the container did is seen below.
  await ns.kubectl('exec', pod, '-c', 'app', '--', 'kill', '1').catch(() => undefined);
  await eventually(`the killed container of pod ${pod} is back`, async () => {
    const found = await ns.read<V1Pod>('Pod', pod);
    return restartsOf(found) > before && isReady(ns, found) ? true : undefined;
  });
}

const restartsOf = ({ status }: V1Pod): number => status?.containerStatuses?.[0]?.restartCount ?? 0;
