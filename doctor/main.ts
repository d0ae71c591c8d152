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
const HELP = `Tells what is in the way of a pulumi up of that stack, and what to do about it; changes nothing.

  --stack STACK  by default the one that pulumi stack select chose
  --preview      for who is to preview alone

It ends with 0 where all is well, with 1 where something is to be mended, with 2 where it was called wrongly.`;

const OPTIONS = {
  stack: { type: 'string' },
  preview: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Undefined where help is asked for. */
function readArguments(): { readonly stack: string; readonly purpose: 'up' | 'preview' } | undefined {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return undefined;
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
  const called = readArguments();
  if (called === undefined) {
    console.log(`${USAGE}\n\n${HELP}`);
    return 0;
  }
  const { stack, purpose } = called;
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
