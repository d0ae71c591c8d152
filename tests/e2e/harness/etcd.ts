import { z } from 'zod';
import { PORTS } from '../../../local/cluster/index.ts';

const header = z.object({ header: z.object({ revision: z.string() }) });

/** Makes etcd forget all that was before now, as it does by itself every few minutes. */
export async function compactEtcd(): Promise<void> {
  const { revision } = header.parse(await ask('range', { key: Buffer.from('/').toString('base64') })).header;
  await ask('compaction', { revision, physical: true });
}

/** One request by etcd's JSON gateway; a number of 64 bits is a text there. */
async function ask(what: string, body: object): Promise<unknown> {
  const url = `http://127.0.0.1:${PORTS.etcd}/v3/kv/${what}`;
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
