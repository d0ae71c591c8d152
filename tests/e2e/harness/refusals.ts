import type { V1Pod } from '@kubernetes/client-node';
import { getText, list } from './api.ts';

const PODS = '/api/v1/namespaces/orcon-system/pods';
/** A namespace that is being deleted refuses everybody; and admission may hear of one that opts in a moment after the controller. */
const PASSING = /being terminated|denied request: only in namespaces labelled/;

/** The lines of the controllers' logs, also of containers that have ended, that tell of a request that was refused. */
export async function refusalsOfController(): Promise<readonly string[]> {
  const pods = await list<V1Pod>(PODS, { labelSelector: 'app.kubernetes.io/component=controller' });
  const logs = pods.flatMap(({ metadata, status }) => {
    const log = `${PODS}/${metadata?.name}/log`;
    const restarted = (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0;
    return [getText(log), ...(restarted ? [getText(log, { previous: 'true' })] : [])];
  });
  const lines = (await Promise.all(logs)).flatMap((text) => text.split('\n'));
  if (!lines.some((line) => line.includes('"leading"'))) throw new Error('no log of a controller that leads');
  return lines.filter((line) => line.includes(': 403 ') && !PASSING.test(line));
}
