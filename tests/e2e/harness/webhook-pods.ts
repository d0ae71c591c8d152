/** The webhook's pods, and what the API server does when it cannot reach one. */
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { WEBHOOK } from '../../../infra/names.ts';
import { kubectlOf } from '../../../local/kubectl.ts';
import { get, list, remove } from './api.ts';
import { cluster } from './cluster.ts';
import { eventually } from './eventually.ts';

const NAMESPACE = 'orcon-system';
const DEPLOYMENT = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${WEBHOOK}`;
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const REPLICAS = 2;
const kubectl = kubectlOf(cluster);

const pods = (): Promise<readonly V1Pod[]> => list<V1Pod>(PODS, { labelSelector: 'app.kubernetes.io/component=webhook' });

/** Does something while no webhook runs; in the end they are back, whatever it threw. */
export async function withoutWebhook(work: () => Promise<void>): Promise<void> {
  await kubectl('scale', 'deployment', WEBHOOK, '-n', NAMESPACE, '--replicas=0');
  try {
    // Asked to, they would go on answering for a while.
    for (const { metadata } of await pods()) await remove(`${PODS}/${metadata?.name}`, { gracePeriodSeconds: '1' });
    await eventually('no webhook is left', async () => ((await pods()).length === 0 ? true : undefined));
    await work();
  } finally {
    await kubectl('scale', 'deployment', WEBHOOK, '-n', NAMESPACE, `--replicas=${REPLICAS}`);
    await webhooksReady();
  }
}

/** Replaces every pod of the webhook, one after the other, as an upgrade does. */
export async function restartWebhooks(): Promise<void> {
  const before = (await pods()).map(({ metadata }) => metadata?.name);
  await kubectl('rollout', 'restart', `deployment/${WEBHOOK}`, '-n', NAMESPACE);
  await webhooksReady();
  await eventually('every webhook pod of before has ended', async () =>
    (await pods()).some(({ metadata }) => before.includes(metadata?.name)) ? undefined : true,
  );
}

async function webhooksReady(): Promise<void> {
  await eventually('every webhook is available', async () => {
    const { status, metadata } = (await get<V1Deployment>(DEPLOYMENT)) ?? {};
    if (status?.observedGeneration !== metadata?.generation) return undefined;
    const counts = [status?.replicas, status?.updatedReplicas, status?.availableReplicas];
    return counts.every((count) => count === REPLICAS) ? true : undefined;
  });
}

/** Does something under another failurePolicy than the deployed one. */
export async function underPolicy(policy: 'Fail' | 'Ignore', work: () => Promise<void>): Promise<void> {
  const before = await setPolicy(policy);
  try {
    await work();
  } finally {
    await setPolicy(before);
  }
}

/** Gives the one that was set before. */
async function setPolicy(policy: string): Promise<string> {
  const object = `mutatingwebhookconfiguration/${WEBHOOK}`;
  const before = await kubectl('get', object, '-o', 'jsonpath={.webhooks[0].failurePolicy}');
  const patch = [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: policy }];
  await kubectl('patch', object, '--type=json', '-p', JSON.stringify(patch));
  return before;
}
