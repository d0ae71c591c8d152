/** `npm run certificate:check`: which certificate each webhook pod serves, and which authorities the API server may forget. */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { reportOf } from './certificates/report.ts';
import { servedCertificate } from './certificates/served.ts';
import { isSignedBy, surveyCertificates, type WebhookCertificates } from './certificates/survey.ts';
import { waitFor } from './certificates/wait.ts';
import { openOwnCluster } from './own-cluster.ts';

const USAGE = `usage: npm run certificate:check [-- OPTIONS]    tells which certificate each webhook pod serves

  --context NAME        of the kubeconfig; the current one by default
  --instance NAME       that orcon alone, where several are in the cluster; all by default
  --wait-for AUTHORITY  waits until every pod serves a certificate of this authority: a or b, or its whole name;
                        5 minutes at most, and not for one that is not trusted`;
const OPTIONS = { context: { type: 'string' }, instance: { type: 'string' }, 'wait-for': { type: 'string' } } as const;
const LOOK_MS = 1_000;
/** A kubelet brings a changed Secret to its pods within about a minute and a half. */
const WAIT_MS = 5 * 60_000;

async function main(args: readonly string[]): Promise<void> {
  const { context, instance, 'wait-for': authority } = options(args);
  const { client, access, name } = openOwnCluster(context);
  const log = (line: string) => console.log(`orcon: ${line}`);
  log(name);
  const look = () => surveyCertificates(client, (where) => servedCertificate(access, where), instance);
  const fits = (found: readonly WebhookCertificates[]) =>
    authority === undefined || found.every((webhook) => isSignedBy(webhook, authority));
  const end = Date.now() + WAIT_MS;
  const waiting = { look, log, pause: () => pause(LOOK_MS), isOver: () => Date.now() >= end };
  try {
    const found = authority === undefined ? await look() : await waitFor({ ...waiting, authority });
    for (const line of found.flatMap(reportOf)) console.log(line);
    if (found.length === 0) throw new Error('there is no webhook configuration of orcon');
    if (!fits(found))
      throw new Error(`not every pod serves a certificate of authority ${authority} after ${WAIT_MS / 60_000} minutes`);
  } finally {
    await client.close();
  }
}

function options(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`orcon: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
