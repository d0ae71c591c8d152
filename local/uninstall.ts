/** `npm run uninstall:check` and `uninstall:clean`: what `pulumi destroy` leaves in a cluster, because workloads need it. */
import { createInterface } from 'node:readline/promises';
import { openOwnCluster } from './own-cluster.ts';
import { AT_A_TIME, clean } from './uninstall/clean.ts';
import { findItself, inTheWay } from './uninstall/itself.ts';
import { findLeft, isNothing } from './uninstall/left.ts';
import { readOptions } from './uninstall/options.ts';
import { consequences, reportOf } from './uninstall/report.ts';

const log = (line: string) => console.log(`orcon: ${line}`);

async function main(args: readonly string[]): Promise<void> {
  const { command, context, namespaces, yes } = readOptions(args);
  const { client, name } = openOwnCluster(context);
  try {
    log(`${name}${namespaces.length > 0 ? `, ${namespaces.join(', ')} alone` : ''}`);
    const itself = await findItself(client, namespaces);
    const obstacles = command === 'clean' ? inTheWay(itself, namespaces) : [];
    if (obstacles.length > 0)
      throw new Error(`${obstacles.join('; ')}. It would undo the cleaning: run \`pulumi destroy\` first. Nothing was changed`);
    const left = await findLeft(client, namespaces);
    for (const line of reportOf(left, itself)) console.log(line);
    if (command === 'check' || isNothing(left)) return;

    for (const line of consequences(left, AT_A_TIME)) log(line);
    if (itself.unseen.some(({ kind }) => kind === 'MutatingWebhookConfiguration'))
      log('you may not see whether an orcon still looks after these namespaces; if one does, it stamps again, and you are told');
    if (!yes && !(await agreed())) {
      log('nothing was changed');
      process.exitCode = 1;
      return;
    }
    const failures = await clean(client, left, { namespaces, log });
    for (const failure of failures) log(failure);
    if (failures.length > 0) process.exitCode = 1;
    else log('done');
  } finally {
    await client.close();
  }
}

/** Asks whoever sits before the terminal; where nobody does, says how to agree beforehand. */
async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Error('nobody is there to be asked: say --yes. Nothing was changed');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Go on? (yes/no) ');
  terminal.close();
  return answer.trim() === 'yes';
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`orcon: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
