import { z } from 'zod';
import { API_SERVER, NODE_NAME } from './addresses.ts';
import { type Credentials, request } from './api.ts';
import { until } from './until.ts';

const NODE = `${API_SERVER}/api/v1/nodes/${NODE_NAME}`;
const nodeSchema = z.object({
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), status: z.string(), lastHeartbeatTime: z.iso.datetime() })),
  }),
});

const podsSchema = z.object({ items: z.array(z.object({ metadata: z.object({ uid: z.string() }) })).nullable() });

/**
 * Waits until the node is Ready, its kubelet knows the pods that it has, and new ones can be created: a namespace takes none
 * before its service account is there.
 *
 * @param patience milliseconds.
 * @param since when the kubelet was started: what an earlier one reported does not count.
 */
export async function waitForNode(credentials: Credentials, patience: number, since: Date): Promise<void> {
  let seen = '';
  const get = (url: string) => request(url, { credentials });
  const isReady = async () => {
    const node = await get(NODE);
    seen = node.body;
    return node.status === 200 && isReadySince(JSON.parse(node.body), since);
  };
  // A kubelet that was started again is Ready before it knows its pods, and knows nothing of what it is to exec in.
  const knowsItsPods = async () => {
    const known = await get(`${NODE}/proxy/pods`);
    const bound = await get(`${API_SERVER}/api/v1/pods?fieldSelector=spec.nodeName%3D${NODE_NAME},status.phase%3DRunning`);
    if (known.status !== 200 || bound.status !== 200) return false;
    const uids = new Set(readUids(known.body));
    return readUids(bound.body).every((uid) => uids.has(uid));
  };
  const hasAccount = async () => (await get(`${API_SERVER}/api/v1/namespaces/default/serviceaccounts/default`)).status === 200;
  if (await until(async () => (await isReady()) && (await hasAccount()) && (await knowsItsPods()), patience)) return;
  throw new Error(`node ${NODE_NAME} is not Ready after ${patience / 1000} s; the API server says: ${seen.slice(0, 2000)}`);
}

function readUids(pods: string): string[] {
  return (podsSchema.parse(JSON.parse(pods)).items ?? []).map(({ metadata }) => metadata.uid);
}

/** Whether a node is Ready by a report that is not older than `since`; reports are dated in whole seconds. */
export function isReadySince(node: unknown, since: Date): boolean {
  const ready = nodeSchema.safeParse(node).data?.status.conditions.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && Date.parse(ready.lastHeartbeatTime) >= Math.floor(since.getTime() / 1000) * 1000;
}
