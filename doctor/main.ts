/**
 * `npm run doctor -- --stack STACK`: what is in the way of a `pulumi up` of that stack, and what to do about it.
 *
 * With `--preview` for who is to preview alone. Exit code 1 where something is wrong, 2 where it was called wrongly.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stacksIn } from '../local/offline/stacks.ts';
import { examine } from './doctor.ts';
import { lineOf } from './finding.ts';

const root = join(import.meta.dirname, '..');
const USAGE = `usage: npm run doctor -- [--stack STACK] [--preview]; there are ${stacksIn(root).join(', ')}`;

function readArguments(): { readonly stack: string; readonly purpose: 'up' | 'preview' } {
  const { values } = parseArgs({ options: { stack: { type: 'string' }, preview: { type: 'boolean', default: false } } });
  const stack = values.stack ?? selected();
  if (!existsSync(join(root, `Pulumi.${stack}.yaml`))) throw new Error(`there is no Pulumi.${stack}.yaml`);
  return { stack, purpose: values.preview ? 'preview' : 'up' };
}

/** The stack that `pulumi stack select` chose. */
function selected(): string {
  try {
    const name = execFileSync('pulumi', ['stack', '--show-name'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    // Of `organization/project/stack` the last part names the file.
    return name.trim().split('/').at(-1) ?? '';
  } catch {
    throw new Error('no stack is selected');
  }
}

async function main(): Promise<number> {
  const { stack, purpose } = readArguments();
  let faults = 0;
  for await (const finding of examine({ stack, purpose, environment: process.env })) {
    console.log(lineOf(finding));
    if (finding.state === 'wrong') faults += 1;
  }
  console.log(faults === 0 ? `${stack} is fit for pulumi ${purpose}` : `${stack}: ${faults} to be mended first`);
  return faults === 0 ? 0 : 1;
}

process.exitCode = await main().catch((failure: Error) => {
  console.error(`orcon: ${failure.message}\n${USAGE}`);
  return 2;
});
